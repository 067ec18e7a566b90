namespace DataShapley.Neighbors;

/// <summary>The memory of one thread.</summary>
internal sealed class NeighborWork
{
    private double[] _doubles = [];
    private int[] _order = [];
    private int[] _near = [];
    private byte[] _bytes = [];
    private RankedNeighbor[] _ranked = [];
    private RadixOrder? _radix;

    /// <summary>Lends numbers whose content is undefined.</summary>
    public Span<double> Doubles(int length)
    {
        if (_doubles.Length < length)
        {
            _doubles = new double[length];
        }

        return _doubles.AsSpan(0, length);
    }

    public Span<int> Order(int length)
    {
        if (_order.Length < length)
        {
            _order = new int[length];
        }

        return _order.AsSpan(0, length);
    }

    public Span<int> Near(int length)
    {
        if (_near.Length < length)
        {
            _near = new int[length];
        }

        return _near.AsSpan(0, length);
    }

    public Span<byte> Bytes(int length)
    {
        if (_bytes.Length < length)
        {
            _bytes = new byte[length];
        }

        return _bytes.AsSpan(0, length);
    }

    public Span<RankedNeighbor> Ranked(int length)
    {
        if (_ranked.Length < length)
        {
            _ranked = new RankedNeighbor[length];
        }

        return _ranked.AsSpan(0, length);
    }

    public RadixOrder Radix(int capacity) => _radix ??= new RadixOrder(capacity);
}
