namespace DataShapley.Clustering;

/// <summary>Agglomerative clustering by chains of nearest neighbours: O(N²) time for distances that joining never shortens, as Ward's and average ones.</summary>
/// <remarks>
/// Murtagh 1983 ("A survey of recent advances in hierarchical clustering algorithms"), with the updates of Lance and Williams 1967, in double. Each item goes
/// to the nearest one; two that are each other's nearest are joined. Ties go to the item before in the chain, then to the lower index.
/// </remarks>
internal sealed class NeighborChain
{
    private readonly Linkage _linkage;
    private readonly double[][] _distances;
    private readonly double[] _weights;
    private readonly double[] _heights;
    private readonly List<int> _active;

    /// <summary>Computes the distances of all items.</summary>
    public NeighborChain(double[][] items, double[] weights, Linkage linkage, ParallelOptions parallel)
    {
        _linkage = linkage;
        _weights = [.. weights];
        _heights = new double[items.Length];
        _active = [.. Enumerable.Range(0, items.Length)];
        _distances = new double[items.Length][];
        Parallel.For(0, items.Length, parallel, item =>
        {
            double[] row = new double[item];
            for (int other = 0; other < item; other++)
            {
                double squared = PreciseDistance.Squared(items[item], items[other]);
                row[other] = linkage == Linkage.Ward ? weights[item] * weights[other] / (weights[item] + weights[other]) * squared : Math.Sqrt(squared);
            }

            _distances[item] = row;
        });
    }

    /// <summary>Joins until one cluster is left.</summary>
    /// <returns>The merges by ascending height, those below before those above.</returns>
    public List<ClusterMerge> Join(CancellationToken cancellationToken)
    {
        List<ClusterMerge> merges = [];
        List<int> chain = [];
        while (_active.Count > 1)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (chain.Count == 0)
            {
                chain.Add(_active[0]);
            }

            int item = chain[^1];
            int before = chain.Count > 1 ? chain[^2] : -1;
            int nearest = Nearest(item, before);
            if (nearest != before)
            {
                chain.Add(nearest);
                continue;
            }

            chain.RemoveRange(chain.Count - 2, 2);
            merges.Add(Merge(Math.Min(item, before), Math.Max(item, before)));
        }

        // Stable: of equal heights, the one below was made first.
        return [.. merges.OrderBy(merge => merge.Height)];
    }

    private ref double Distance(int left, int right) => ref left > right ? ref _distances[left][right] : ref _distances[right][left];

    private int Nearest(int item, int before)
    {
        int nearest = before;
        double least = before < 0 ? double.PositiveInfinity : Distance(item, before);
        foreach (int other in _active)
        {
            if (other != item && (Distance(item, other) < least || nearest < 0))
            {
                (nearest, least) = (other, Distance(item, other));
            }
        }

        return nearest;
    }

    private ClusterMerge Merge(int left, int right)
    {
        double distance = Distance(left, right);
        double leftWeight = _weights[left];
        double rightWeight = _weights[right];
        _active.RemoveAt(_active.BinarySearch(right));
        foreach (int other in _active)
        {
            if (other != left)
            {
                ref double joined = ref Distance(left, other);
                double apart = Distance(right, other);
                double weight = _weights[other];
                joined = _linkage == Linkage.Ward
                    ? (((leftWeight + weight) * joined) + ((rightWeight + weight) * apart) - (weight * distance)) / (leftWeight + rightWeight + weight)
                    : ((leftWeight * joined) + (rightWeight * apart)) / (leftWeight + rightWeight);
            }
        }

        // Rounding may put a merge a little below one it builds on; the order of heights must not.
        double height = Math.Max(distance, Math.Max(_heights[left], _heights[right]));
        _weights[left] = leftWeight + rightWeight;
        _heights[left] = height;
        return new ClusterMerge(left, right, height);
    }
}
