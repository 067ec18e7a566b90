namespace ModelAggregation.Merging.Recipes;

/// <summary>A run of output layers, merged from equally many layers of each source.</summary>
/// <param name="Sources">The layers that are merged; the same number in each.</param>
/// <param name="Parameters">The parameters of this slice.</param>
public sealed record MergeSlice(IReadOnlyList<MergeSliceSource> Sources, ParameterSet Parameters)
{
    /// <summary>Compares sources and parameters.</summary>
    /// <param name="other">Another slice.</param>
    public bool Equals(MergeSlice? other) => other is not null && Sources.SequenceEqual(other.Sources) && Parameters.Equals(other.Parameters);

    /// <inheritdoc />
    public override int GetHashCode() => Sources.Aggregate(Parameters.GetHashCode(), HashCode.Combine);
}
