using ModelTensors;

namespace ModelAggregation.Inspection;

/// <summary>How a tensor differs between two checkpoints that both have it, in one shape.</summary>
/// <param name="First">The tensor in the first checkpoint.</param>
/// <param name="Second">The tensor in the second.</param>
public sealed record TensorDifference(TensorInfo First, TensorInfo Second)
{
    /// <summary>Gets the number of elements that differ: floats by value, whatever their types, integers by their bytes.</summary>
    public required long ChangedElements { get; init; }

    /// <summary>Gets the number of rows, runs of the last dimension; null for vectors and scalars.</summary>
    public long? RowCount { get; init; }

    /// <summary>Gets the number of rows with an element that differs; null for vectors and scalars.</summary>
    public long? ChangedRows { get; init; }

    /// <summary>Gets the Euclidean norm of the first tensor; null for integers.</summary>
    public double? FirstNorm { get; init; }

    /// <summary>Gets the Euclidean norm of the second tensor; null for integers.</summary>
    public double? SecondNorm { get; init; }

    /// <summary>Gets the inner product of both; null for integers.</summary>
    public double? Product { get; init; }

    /// <summary>Gets the Euclidean norm of the difference; null for integers, NaN or infinite where a changed element is.</summary>
    public double? Distance { get; init; }

    /// <summary>Gets the largest magnitude of a difference; null for integers.</summary>
    public double? LargestDifference { get; init; }

    /// <summary>Gets the number of NaN and infinite elements of the first tensor; 0 for integers.</summary>
    public long FirstNonFinite { get; init; }

    /// <summary>Gets the number of NaN and infinite elements of the second tensor; 0 for integers.</summary>
    public long SecondNonFinite { get; init; }

    /// <summary>Gets the distance divided by the norm of the first tensor: 0 where nothing has changed, infinite where the first tensor is zero and the second is not.</summary>
    public double? RelativeDistance => Distance is not { } distance ? null : distance == 0 ? 0 : distance / FirstNorm;

    /// <summary>Gets the cosine of the angle between both, in [-1, 1]; NaN where one of them is zero.</summary>
    public double? Cosine => Product is not { } product ? null : Math.Clamp(product / (FirstNorm!.Value * SecondNorm!.Value), -1, 1);
}
