using System.Runtime.InteropServices;

namespace ModelTensors.Checkpoints;

/// <summary>
/// An 8-bit float tensor times its scales, as F32: <c>y[r, c] = value(x[r, c]) * scale[r / blockRows, c / blockColumns]</c>, rounded once.
/// Rows and scalars are blocks of one row and of everything.
/// </summary>
internal sealed class ScaledTensorSource : TensorSource
{
    private readonly TensorSource _source;
    private readonly long _columns;
    private readonly long _blockRows;
    private readonly long _blockColumns;
    private readonly long _scalesPerRow;
    private readonly Lazy<float[]> _scales;

    public ScaledTensorSource(TensorSource source, TensorSource scale, long columns, long blockRows, long blockColumns)
        : base(DataType.F32, source.Shape)
    {
        _source = source;
        _columns = columns;
        _blockRows = blockRows;
        _blockColumns = blockColumns;
        _scalesPerRow = (columns / blockColumns) + (columns % blockColumns == 0 ? 0 : 1);
        // Read when first needed: opening a checkpoint reads headers only. A failed read is tried again by the next reader.
        _scales = new Lazy<float[]>(() => ReadScales(scale), LazyThreadSafetyMode.PublicationOnly);
    }

    public override void Read(long start, Span<byte> destination)
    {
        (int count, int rest) = Math.DivRem(destination.Length, sizeof(float));
        if (rest != 0)
        {
            throw new ArgumentException($"{destination.Length} bytes are not a whole number of {DataType} elements.", nameof(destination));
        }

        // The stored bytes go to the end of the destination and are widened in place from the front. Element i is written to bytes
        // 4i to 4i+3 and read from byte 3n+i: for every i < n that is at or behind what has been written so far, so no buffer is needed.
        Span<byte> stored = destination[(3 * count)..];
        _source.Read(start, stored);
        ReadOnlySpan<float> table = _source.DataType == DataType.F8E4M3 ? Float8.E4M3 : Float8.E5M2;
        Span<float> values = MemoryMarshal.Cast<byte, float>(destination);
        float[] scales = _scales.Value;
        int done = 0;
        while (done < count)
        {
            (long row, long column) = Math.DivRem(start + done, _columns);
            long block = column / _blockColumns;
            float scale = scales[((row / _blockRows) * _scalesPerRow) + block];
            // To the end of the block or of the row, whichever is first: one scale for all of it. Written so that nothing overflows.
            long inRow = Math.Min(_columns - column, _blockColumns - (column % _blockColumns));
            int end = done + (int)Math.Min(inRow, count - done);
            for (; done < end; done++)
            {
                values[done] = table[stored[done]] * scale;
            }
        }
    }

    private static float[] ReadScales(TensorSource scale)
    {
        float[] scales = new float[scale.Shape.ElementCount];
        byte[] bytes = new byte[scale.ByteLength];
        scale.Read(0, bytes);
        for (int i = 0; i < scales.Length; i++)
        {
            scales[i] = scale.DataType switch
            {
                DataType.BF16 => new BFloat16(MemoryMarshal.Cast<byte, ushort>(bytes)[i]).ToSingle(),
                DataType.F16 => (float)MemoryMarshal.Cast<byte, Half>(bytes)[i],
                _ => MemoryMarshal.Cast<byte, float>(bytes)[i],
            };
        }

        return scales;
    }
}
