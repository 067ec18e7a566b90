using ModelTensors;
using ModelTensors.Devices;

namespace LoraFederation.LowRank;

/// <summary>Small matrices of doubles, as devices multiply them.</summary>
internal static class DoubleTensors
{
    public static HostTensor Create(int rows, int columns) => new(DataType.F64, new TensorShape(rows, columns));

    public static HostTensor Of(ReadOnlySpan<double> values, int rows, int columns)
    {
        HostTensor tensor = Create(rows, columns);
        values.CopyTo(All(tensor));
        return tensor;
    }

    public static Span<double> All(HostTensor tensor) => tensor.AsSpan<double>(0, checked((int)tensor.Shape.ElementCount));

    /// <summary>Multiplies into a new tensor of floats, accumulated in double and rounded once.</summary>
    public static HostTensor MultiplyToSingles(Matrix left, Matrix right, TensorDevice device, CancellationToken cancellationToken)
    {
        HostTensor product = new(DataType.F32, new TensorShape(left.Rows, right.Columns));
        device.MatMul(left, right, Matrix.Of(product), cancellationToken: cancellationToken);
        return product;
    }
}
