namespace ModelTensors.Adapters;

/// <summary>A tensor whose first or second dimension is made longer by zeros, which are the same bits in every type.</summary>
internal sealed class ZeroPaddedSource : TensorSource
{
    private readonly TensorSource _source;
    private readonly long _run;
    private readonly long _paddedRun;

    public ZeroPaddedSource(TensorSource source, int dimension, long length)
        : base(source.DataType, Lengthen(source.Shape, dimension, length))
    {
        _source = source;
        // In C order the elements are runs, one for each index before the dimension; each gets its zeros behind it.
        long inner = 1;
        for (int i = dimension + 1; i < source.Shape.Rank; i++)
        {
            inner *= source.Shape[i];
        }

        _run = source.Shape[dimension] * inner;
        _paddedRun = length * inner;
    }

    public override void Read(long start, Span<byte> destination)
    {
        int size = DataType.Size;
        long count = destination.Length / size;
        for (long done = 0; done < count;)
        {
            (long run, long offset) = Math.DivRem(start + done, _paddedRun);
            bool isZero = offset >= _run;
            long length = Math.Min((isZero ? _paddedRun : _run) - offset, count - done);
            Span<byte> piece = destination.Slice((int)(done * size), (int)(length * size));
            if (isZero)
            {
                piece.Clear();
            }
            else
            {
                _source.Read((run * _run) + offset, piece);
            }

            done += length;
        }
    }

    private static TensorShape Lengthen(TensorShape shape, int dimension, long length)
    {
        long[] dimensions = [.. shape.Dimensions];
        dimensions[dimension] = length;
        return new TensorShape(dimensions);
    }
}
