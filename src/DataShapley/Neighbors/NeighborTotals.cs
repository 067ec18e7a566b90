namespace DataShapley.Neighbors;

/// <summary>Means and variances over blocks of test points that threads finish in any order, added in the order of the blocks.</summary>
/// <remarks>Blocks that are done before an earlier one wait; there are seldom more of them than threads.</remarks>
internal sealed class NeighborTotals
{
    private readonly Lock _turn = new();
    private readonly Dictionary<long, (ValueSum[] Sums, int Count)> _waiting = [];
    private readonly Stack<ValueSum[]> _free = [];
    private long _next;

    public NeighborTotals(int rows)
    {
        Means = new double[rows];
        Squares = new double[rows];
    }

    public double[] Means { get; }

    /// <summary>Gets the sums of squared deviations from the means.</summary>
    public double[] Squares { get; }

    public long Count { get; private set; }

    /// <summary>Lends the zeroed sums of a block.</summary>
    public ValueSum[] Rent()
    {
        ValueSum[]? sums;
        lock (_turn)
        {
            _free.TryPop(out sums);
        }

        if (sums is null)
        {
            return new ValueSum[Means.Length];
        }

        Array.Clear(sums);
        return sums;
    }

    /// <summary>Takes the sums of a block, and returns how many test points are in the totals.</summary>
    /// <param name="block">The index of the block.</param>
    /// <param name="sums">Its sums.</param>
    /// <param name="count">Its number of test points.</param>
    public long Add(long block, ValueSum[] sums, int count)
    {
        lock (_turn)
        {
            _waiting.Add(block, (sums, count));
            while (_waiting.Remove(_next, out (ValueSum[] Sums, int Count) ready))
            {
                Merge(ready.Sums, ready.Count);
                _free.Push(ready.Sums);
                _next++;
            }

            return Count;
        }
    }

    private void Merge(ValueSum[] sums, int count)
    {
        double share = count / (double)(Count + count);
        double weight = Count * share;
        for (int row = 0; row < sums.Length; row++)
        {
            double mean = sums[row].Sum / count;
            double delta = mean - Means[row];
            Means[row] += delta * share;
            Squares[row] += Math.Max(0, sums[row].Squares - (sums[row].Sum * mean)) + (delta * delta * weight);
        }

        Count += count;
    }
}
