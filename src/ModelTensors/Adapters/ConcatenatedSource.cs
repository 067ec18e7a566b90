namespace ModelTensors.Adapters;

/// <summary>Two factors of one type, one after the other along their first or second dimension, the second with its sign turned if asked.</summary>
internal sealed class ConcatenatedSource : TensorSource
{
    private readonly TensorSource _first;
    private readonly TensorSource _second;
    private readonly bool _negatesSecond;
    private readonly long _firstRun;
    private readonly long _secondRun;

    public ConcatenatedSource(TensorSource first, TensorSource second, int dimension, bool negatesSecond)
        : base(first.DataType, Join(first.Shape, second.Shape, dimension))
    {
        _first = first;
        _second = second;
        _negatesSecond = negatesSecond;
        // In C order the elements are runs of each in turn, one for each index before the dimension.
        long inner = first.Shape.Dimensions.Skip(dimension + 1).Aggregate(1L, (product, length) => product * length);
        _firstRun = first.Shape[dimension] * inner;
        _secondRun = second.Shape[dimension] * inner;
    }

    public override void Read(long start, Span<byte> destination)
    {
        int size = DataType.Size;
        long count = destination.Length / size;
        for (long done = 0; done < count;)
        {
            (long run, long offset) = Math.DivRem(start + done, _firstRun + _secondRun);
            bool isSecond = offset >= _firstRun;
            long length = Math.Min((isSecond ? _firstRun + _secondRun : _firstRun) - offset, count - done);
            Span<byte> piece = destination.Slice((int)(done * size), (int)(length * size));
            if (isSecond)
            {
                _second.Read((run * _secondRun) + offset - _firstRun, piece);
                Negate(piece, size);
            }
            else
            {
                _first.Read((run * _firstRun) + offset, piece);
            }

            done += length;
        }
    }

    // The sign is the highest bit of the last byte in every type.
    private void Negate(Span<byte> bytes, int size)
    {
        if (_negatesSecond)
        {
            for (int i = size - 1; i < bytes.Length; i += size)
            {
                bytes[i] ^= 0x80;
            }
        }
    }

    private static TensorShape Join(TensorShape first, TensorShape second, int dimension)
    {
        long[] dimensions = [.. first.Dimensions];
        dimensions[dimension] += second[dimension];
        return new TensorShape(dimensions);
    }
}
