using ModelTensors;

namespace LoraFederation.LowRank;

/// <summary>A tensor whose first or second dimension is made longer by zeros, which are the same bits in every type.</summary>
internal sealed class PaddedSource : TensorSource
{
    private readonly TensorSource _source;
    private readonly long _run;
    private readonly long _sourceRun;

    private PaddedSource(TensorSource source, int dimension, long length)
        : base(source.DataType, source.Shape.With(dimension, length))
    {
        _source = source;

        // In C order the elements are runs, one for each index before the dimension; each gets its zeros behind it.
        long inner = source.Shape.RunLength(dimension + 1);
        _run = length * inner;
        _sourceRun = source.Shape[dimension] * inner;
    }

    /// <summary>Returns the factor itself where nothing is added.</summary>
    public static TensorSource Of(TensorSource source, int dimension, long length) =>
        length == source.Shape[dimension] ? source : new PaddedSource(source, dimension, length);

    public override void Read(long start, Span<byte> destination)
    {
        int size = DataType.Size;
        while (destination.Length > 0)
        {
            (long run, long offset) = Math.DivRem(start, _run);
            bool isZero = offset >= _sourceRun;
            int count = (int)Math.Min((isZero ? _run : _sourceRun) - offset, destination.Length / size);
            Span<byte> piece = destination[..(count * size)];
            if (isZero)
            {
                piece.Clear();
            }
            else
            {
                _source.Read((run * _sourceRun) + offset, piece);
            }

            destination = destination[(count * size)..];
            start += count;
        }
    }
}
