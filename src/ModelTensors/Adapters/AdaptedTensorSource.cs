using System.Buffers;
using System.Runtime.InteropServices;
using ModelTensors.Kernels;

namespace ModelTensors.Adapters;

/// <summary>
/// A model's tensor with an adapter's update folded in while it is read: <c>y = fma(scale, acc, w)</c> with <c>acc = fma(left[i,k], right[k,j], acc)</c> over
/// ascending k, in float. It is rounded to the stored type only by who writes it.
/// </summary>
internal sealed class AdaptedTensorSource : TensorSource
{
    // Elements that are widened at once: enough for one read, little beside a tile.
    private const int Piece = 1 << 14;

    private readonly TensorSource _weights;
    private readonly IReadOnlyList<LowRankUpdate> _updates;
    private readonly FactorCache _factors;

    /// <summary>Creates the source.</summary>
    /// <param name="weights">The tensor to start from: the model's, or the adapter's that replaces it.</param>
    /// <param name="stored">The type in which the model stores it.</param>
    /// <param name="updates">What is added, in this order.</param>
    /// <param name="factors">Keeps the factors that were read last.</param>
    public AdaptedTensorSource(TensorSource weights, DataType stored, IReadOnlyList<LowRankUpdate> updates, FactorCache factors)
        : base(DataType.F32, weights.Shape)
    {
        _weights = weights;
        StoredDataType = stored;
        _updates = updates;
        _factors = factors;
    }

    public override DataType StoredDataType { get; }

    public override void Read(long start, Span<byte> destination)
    {
        if (destination.Length % sizeof(float) != 0)
        {
            throw new ArgumentException($"{destination.Length} bytes are not a whole number of {DataType} elements.", nameof(destination));
        }

        Span<float> values = MemoryMarshal.Cast<byte, float>(destination);
        ReadWeights(start, destination, values);
        foreach (LowRankUpdate update in _updates)
        {
            _factors.Get(update).AddTo(start, values);
        }
    }

    private void ReadWeights(long start, Span<byte> destination, Span<float> values)
    {
        if (_weights.DataType == DataType.F32)
        {
            _weights.Read(start, destination);
            return;
        }

        int size = _weights.DataType.Size;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Math.Min(values.Length, Piece) * size);
        try
        {
            for (int done = 0; done < values.Length; done += Piece)
            {
                Span<float> piece = values.Slice(done, Math.Min(Piece, values.Length - done));
                Span<byte> bytes = buffer.AsSpan(0, piece.Length * size);
                _weights.Read(start + done, bytes);
                FloatConversion.Widen(bytes, _weights.DataType, piece);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
