using ModelTensors;

namespace LoraFederation.LowRank;

/// <summary>A range of the first or second dimension of a tensor, such as some rows of A or the same columns of B: nothing is copied before it is read.</summary>
internal sealed class SlicedSource : TensorSource
{
    private readonly TensorSource _source;
    private readonly long _run;
    private readonly long _sourceRun;
    private readonly long _offset;

    private SlicedSource(TensorSource source, int dimension, long start, long length)
        : base(source.DataType, source.Shape.With(dimension, length))
    {
        _source = source;

        // In C order the elements are runs, one for each index before the dimension; a part of each is kept.
        long inner = source.Shape.RunLength(dimension + 1);
        _run = length * inner;
        _sourceRun = source.Shape[dimension] * inner;
        _offset = start * inner;
    }

    /// <summary>Returns the factor itself where nothing is left out.</summary>
    public static TensorSource Of(TensorSource source, int dimension, long start, long length) =>
        length == source.Shape[dimension] ? source : new SlicedSource(source, dimension, start, length);

    public override void Read(long start, Span<byte> destination)
    {
        int size = DataType.Size;
        while (destination.Length > 0)
        {
            (long run, long offset) = Math.DivRem(start, _run);
            int count = (int)Math.Min(_run - offset, destination.Length / size);
            _source.Read((run * _sourceRun) + _offset + offset, destination[..(count * size)]);
            destination = destination[(count * size)..];
            start += count;
        }
    }

    public override bool TryGetSpan(long start, int count, out ReadOnlySpan<byte> bytes)
    {
        (long run, long offset) = Math.DivRem(start, _run);
        if (offset + count <= _run)
        {
            return _source.TryGetSpan((run * _sourceRun) + _offset + offset, count, out bytes);
        }

        bytes = default;
        return false;
    }
}
