using ModelTensors;

namespace ModelAggregation.Inspection;

/// <summary>What is known of one tensor of a checkpoint.</summary>
/// <param name="Info">The name, type and shape.</param>
public sealed record TensorInspection(TensorInfo Info)
{
    /// <summary>Gets the number of NaN and infinite elements, as floats: an F64 beyond the range of a float counts.</summary>
    /// <value>Null for integers and truth values, and when only headers were read.</value>
    public long? NonFiniteCount { get; init; }

    /// <summary>Gets the Euclidean norm of all elements; NaN or infinite when an element is.</summary>
    /// <value>Null for integers and truth values, and when only headers were read.</value>
    public double? Norm { get; init; }

    /// <summary>Gets whether the tensor is stored as 8-bit floats and read as F32, its scales applied.</summary>
    public bool IsDequantized { get; init; }
}
