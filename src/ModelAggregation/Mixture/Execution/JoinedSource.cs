using ModelTensors;

namespace ModelAggregation.Mixture.Execution;

/// <summary>Tensors of one type one after the other, under a shape of as many elements.</summary>
internal sealed class JoinedSource : TensorSource
{
    private readonly TensorSource[] _parts;

    // Where each part begins, and where the last one ends.
    private readonly long[] _starts;

    public JoinedSource(IReadOnlyList<TensorSource> parts, TensorShape shape)
        : base(parts[0].DataType, shape)
    {
        _parts = [.. parts];
        _starts = new long[_parts.Length + 1];
        for (int part = 0; part < _parts.Length; part++)
        {
            _starts[part + 1] = checked(_starts[part] + _parts[part].Shape.ElementCount);
        }

        if (_starts[^1] != shape.ElementCount || Array.Exists(_parts, part => part.DataType != DataType))
        {
            throw new ArgumentException($"The parts have other types, or {_starts[^1]} elements, which do not fill shape {shape}.", nameof(parts));
        }
    }

    public override void Read(long start, Span<byte> destination)
    {
        int size = DataType.Size;
        long end = start + (destination.Length / size);
        int part = Array.BinarySearch(_starts, start);
        part = part < 0 ? ~part - 1 : part;
        for (long at = start; at < end; part++)
        {
            long until = Math.Min(end, _starts[part + 1]);
            if (until > at)
            {
                _parts[part].Read(at - _starts[part], destination.Slice((int)(at - start) * size, (int)(until - at) * size));
                at = until;
            }
        }
    }
}
