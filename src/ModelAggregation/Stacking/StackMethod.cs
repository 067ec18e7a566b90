namespace ModelAggregation.Stacking;

/// <summary>In which order the layers of stacked models follow each other.</summary>
public enum StackMethod
{
    /// <summary>All layers of the first model, then all of the second, and so on (<c>stack</c>).</summary>
    Stack,

    /// <summary>The first layer of each model, then the second of each, and so on; where a model has no more, the others go on without it (<c>interleave</c>).</summary>
    Interleave,
}
