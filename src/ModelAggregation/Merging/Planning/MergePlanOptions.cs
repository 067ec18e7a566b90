namespace ModelAggregation.Merging.Planning;

/// <summary>Settings of a <see cref="MergePlanner"/>.</summary>
public sealed record MergePlanOptions
{
    /// <summary>Gets how many tensors a problem or warning names before it only counts them.</summary>
    /// <value>At least 1; 3 by default.</value>
    public int NamedTensors
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    }

    = 3;
}
