namespace ModelAggregation.Stacking;

/// <summary>How a stack is written. Nothing here changes a tensor's bytes.</summary>
public sealed record StackingOptions
{
    /// <summary>Gets the largest length of a tensor file in bytes; a single larger tensor has a file of its own.</summary>
    /// <value>5,000,000,000 by default; at least 1.</value>
    public long ShardSize
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 5_000_000_000;

    /// <summary>Gets whether a checkpoint that is already in the output folder is replaced, once the new one is complete.</summary>
    /// <value>False by default: then a folder that is not empty is refused before any work.</value>
    public bool Overwrite { get; init; }
}
