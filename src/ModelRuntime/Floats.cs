using ModelTensors;

namespace ModelRuntime;

/// <summary>Tensors that are read or copied whole, in pieces that fit a span.</summary>
internal static class Floats
{
    private const int Piece = 1 << 20;

    /// <summary>Copies a tensor into memory in the type it is read as.</summary>
    public static HostTensor Copy(TensorSource source) => Copy(source, 0, source.Shape);

    /// <summary>Copies consecutive elements into a tensor of their own.</summary>
    public static HostTensor Copy(TensorSource source, long first, TensorShape shape)
    {
        HostTensor copy = new(source.DataType, shape);
        try
        {
            for (long start = 0; start < shape.ElementCount; start += Piece)
            {
                int count = (int)Math.Min(Piece, shape.ElementCount - start);
                copy.Sink.TryGetSpan(start, count, out Span<byte> bytes);
                source.Read(first + start, bytes);
            }

            return copy;
        }
        catch
        {
            copy.Dispose();
            throw;
        }
    }

    /// <summary>Copies a tensor as F32.</summary>
    public static HostTensor Widened(HostTensor tensor)
    {
        HostTensor wide = new(DataType.F32, tensor.Shape);
        for (long start = 0; start < tensor.Shape.ElementCount; start += Piece)
        {
            int count = (int)Math.Min(Piece, tensor.Shape.ElementCount - start);
            tensor.Source.TryGetSpan(start, count, out ReadOnlySpan<byte> bytes);
            FloatConversion.Widen(bytes, tensor.DataType, wide.AsSpan<float>(start, count));
        }

        return wide;
    }
}
