using ModelAggregation.Merging.Planning;

namespace ModelAggregation.Merging;

/// <summary>The merge of one tensor, as a method sees it.</summary>
public sealed class TensorMerge
{
    /// <summary>Gets the planned tensor.</summary>
    public required PlannedTensor Tensor { get; init; }

    /// <summary>Writes the output.</summary>
    public void Map() => throw new NotSupportedException();
}
