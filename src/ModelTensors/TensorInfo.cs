namespace ModelTensors;

/// <summary>The name, type and shape of a tensor, without its elements.</summary>
/// <param name="Name">The tensor's name, such as <c>model.norm.weight</c>.</param>
/// <param name="DataType">The type of the elements.</param>
/// <param name="Shape">The shape.</param>
public sealed record TensorInfo(string Name, DataType DataType, TensorShape Shape)
{
    /// <summary>Gets the number of bytes of the tensor.</summary>
    public long ByteLength => checked(Shape.ElementCount * DataType.Size);
}
