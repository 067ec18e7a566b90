using System.Buffers;
using ModelTensors;

namespace ModelAggregation.Mixture.Execution;

/// <summary>A tensor in another floating-point type, each element rounded once to nearest even.</summary>
internal sealed class ConvertedSource : TensorSource
{
    // On the way are as many floats as fit the second-level cache.
    private const int Run = 1 << 14;

    private readonly TensorSource _source;

    private ConvertedSource(TensorSource source, DataType type)
        : base(type, source.Shape) => _source = source;

    /// <summary>Returns a source of a type: the same one when it has that type.</summary>
    public static TensorSource Of(TensorSource source, DataType type) => source.DataType == type ? source : new ConvertedSource(source, type);

    public override void Read(long start, Span<byte> destination)
    {
        int count = destination.Length / DataType.Size;
        int run = Math.Min(count, Run);
        byte[] stored = ArrayPool<byte>.Shared.Rent(run * _source.DataType.Size);
        float[] values = ArrayPool<float>.Shared.Rent(run);
        try
        {
            for (int done = 0; done < count; done += run)
            {
                int length = Math.Min(run, count - done);
                Span<byte> bytes = stored.AsSpan(0, length * _source.DataType.Size);
                _source.Read(start + done, bytes);
                FloatConversion.Widen(bytes, _source.DataType, values.AsSpan(0, length));
                FloatConversion.Narrow(values.AsSpan(0, length), destination.Slice(done * DataType.Size, length * DataType.Size), DataType);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(stored);
            ArrayPool<float>.Shared.Return(values);
        }
    }
}
