namespace ModelAggregation.Merging;

/// <summary>What to do with NaN and infinities in the weights.</summary>
public enum NonFinitePolicy
{
    /// <summary>Stop with an error that names the tensor, the model and the count.</summary>
    Fail,

    /// <summary>Merge on, log a warning and list the tensor in the report.</summary>
    Warn,

    /// <summary>Merge on and list the tensor in the report.</summary>
    Allow,
}
