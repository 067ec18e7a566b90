namespace ModelTensors.Devices.Cpu;

/// <summary>Sums for each column of a tensor, over at most sixteen parts of it that workers take in turn; the parts are added in order.</summary>
internal sealed class ColumnSums
{
    private readonly double[][] _parts;
    private readonly int _sums;

    public ColumnSums(Segments segments, VectorLayout columns, int sums)
    {
        _sums = sums;
        int length = VectorMemory.Length(columns, sums);
        Columns = (int)columns.Count;
        SegmentsAtOnce = VectorMemory.SegmentsAtOnce(segments, columns);
        _parts = [.. Enumerable.Range(0, (segments.Count + SegmentsAtOnce - 1) / SegmentsAtOnce).Select(_ => new double[length])];
    }

    /// <summary>Gets the number of columns.</summary>
    public int Columns { get; }

    /// <summary>Gets the number of segments in a part.</summary>
    public int SegmentsAtOnce { get; }

    /// <summary>Gets one of the sums of some consecutive columns in a part.</summary>
    public Span<double> Of(int part, int sum, int column, int count) => _parts[part].AsSpan((sum * Columns) + column, count);

    /// <summary>Adds the parts and returns the sums of all columns, one column after the other.</summary>
    public double[] Totals()
    {
        double[] totals = new double[Columns * _sums];
        foreach (double[] part in _parts)
        {
            for (int sum = 0; sum < _sums; sum++)
            {
                for (int column = 0; column < Columns; column++)
                {
                    totals[(column * _sums) + sum] += part[(sum * Columns) + column];
                }
            }
        }

        return totals;
    }
}
