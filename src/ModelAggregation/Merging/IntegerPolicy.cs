namespace ModelAggregation.Merging;

/// <summary>What to do with tensors that hold integers or truth values, which cannot be averaged.</summary>
public enum IntegerPolicy
{
    /// <summary>Report a problem while planning.</summary>
    Error,

    /// <summary>Copy the base model's tensor, or the first model's without a base; the engine stops if another model's bytes differ.</summary>
    Copy,
}
