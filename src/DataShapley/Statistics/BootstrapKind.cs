namespace DataShapley.Statistics;

/// <summary>How an interval is read from bootstrap means.</summary>
public enum BootstrapKind
{
    /// <summary>Bias-corrected and accelerated (Efron 1987): follows skewed samples.</summary>
    BiasCorrectedAccelerated,

    /// <summary>The quantiles α/2 and 1 − α/2.</summary>
    Percentile,
}
