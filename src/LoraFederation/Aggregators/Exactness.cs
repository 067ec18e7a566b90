namespace LoraFederation.Aggregators;

/// <summary>How the product of an aggregate relates to <c>Σ p_k s_k B_k A_k</c>.</summary>
public enum Exactness
{
    /// <summary>Equal, but for rounding.</summary>
    Exact,

    /// <summary>Equal, but for rounding, until components are cut, as the method's defaults do.</summary>
    ExactBeforeTruncation,

    /// <summary>Another matrix.</summary>
    Approximate,
}
