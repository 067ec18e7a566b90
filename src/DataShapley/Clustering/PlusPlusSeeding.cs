using DataShapley.Games;

namespace DataShapley.Clustering;

/// <summary>Greedy k-means++ (Arthur and Vassilvitskii 2007): each centroid is the best of a few rows drawn by the squared distance to those chosen before.</summary>
/// <remarks>
/// A row is not read where no trial can be nearer than what was chosen: where every trial is at least twice as far from the row's nearest centroid as the
/// row is (the triangle inequality). Distances are products in float; where they are too small for that, as between equal rows, double decides.
/// </remarks>
internal sealed class PlusPlusSeeding
{
    private const int RowsPerBlock = 1024;

    // Twice the distance is four times its square; the rest covers two distances that are each off by 3 % at the most.
    private const double SkipFactor = 4.3;

    // From here on a squared distance from products is right to 3 %: half of it is off by a margin at the most.
    private const double SureMargins = 64;

    private readonly CenteredRows _points;
    private readonly RandomSequence _random;
    private readonly int _trials;
    private readonly int[] _chosen;
    private readonly double[] _closest;
    private readonly int[] _nearest;
    private readonly double[] _blockSums;
    private readonly double[] _distances;
    private readonly double[][] _blockTotals;

    public PlusPlusSeeding(CenteredRows points, int clusters, RandomSequence random)
    {
        _points = points;
        _random = random;
        _trials = 2 + (int)Math.Log(clusters);
        _chosen = new int[clusters];
        _closest = new double[points.Rows.Count];
        _nearest = new int[points.Rows.Count];
        _blockSums = new double[((points.Rows.Count - 1) / RowsPerBlock) + 1];
        _blockTotals = new double[_blockSums.Length][];
        _distances = new double[(long)points.Rows.Count * _trials];
        _closest.AsSpan().Fill(double.PositiveInfinity);
    }

    /// <summary>Chooses as many rows as there are clusters; no two are equal, where there are so many distinct ones.</summary>
    public int[] Choose()
    {
        Take(0, [_random.NextBelow(_points.Rows.Count)]);
        for (int count = 1; count < _chosen.Length; count++)
        {
            _points.Parallel.CancellationToken.ThrowIfCancellationRequested();
            double total = _blockSums.Sum();
            int[] trials = new int[_trials];
            for (int trial = 0; trial < _trials; trial++)
            {
                trials[trial] = Draw(_random.NextDouble() * total);
            }

            Take(count, trials);
        }

        return _chosen;
    }

    /// <summary>Finds the row at which the running sum of squared distances passes a value.</summary>
    private int Draw(double value)
    {
        int block = 0;
        for (; block < _blockSums.Length - 1 && value >= _blockSums[block]; block++)
        {
            value -= _blockSums[block];
        }

        int last = -1;
        int end = Math.Min((block + 1) * RowsPerBlock, _closest.Length);
        for (int row = block * RowsPerBlock; row < end; row++)
        {
            if (_closest[row] > 0)
            {
                last = row;
                if (value < _closest[row])
                {
                    return row;
                }

                value -= _closest[row];
            }
        }

        // Rounding may leave a rest at the end of a block; the farthest row is as good.
        return last >= 0 ? last : Array.IndexOf(_closest, _closest.Max());
    }

    /// <summary>Chooses the trial that leaves the least sum of squared distances, the earlier where equal.</summary>
    private void Take(int count, int[] trials)
    {
        double[][] centroids = Array.ConvertAll(trials, trial => Array.ConvertAll(_points.Rows.Row(trial).ToArray(), value => (double)value));
        double[] reach = Reach(count, trials, centroids);
        _points.ForEachBlock(_closest.Length, RowsPerBlock, (first, end) =>
        {
            double[] totals = new double[trials.Length];
            for (int row = first; row < end; row++)
            {
                bool isSkipped = IsSkipped(row, count, reach);
                for (int trial = 0; trial < trials.Length; trial++)
                {
                    double distance = isSkipped ? _closest[row] : Math.Min(_closest[row], Distance(row, trials[trial], centroids[trial]));
                    _distances[((long)row * _trials) + trial] = distance;
                    totals[trial] += distance;
                }
            }

            _blockTotals[first / RowsPerBlock] = totals;
        });
        double[] sums = [.. Enumerable.Range(0, trials.Length).Select(trial => _blockTotals.Sum(block => block[trial]))];
        int best = Array.IndexOf(sums, sums.Min());
        _chosen[count] = trials[best];
        for (int block = 0; block < _blockSums.Length; block++)
        {
            _blockSums[block] = _blockTotals[block][best];
        }

        _points.ForEachBlock(_closest.Length, RowsPerBlock, (first, end) =>
        {
            for (int row = first; row < end; row++)
            {
                double distance = _distances[((long)row * _trials) + best];
                if (distance < _closest[row])
                {
                    (_closest[row], _nearest[row]) = (distance, count);
                }
            }
        });
    }

    /// <summary>Returns for each chosen row the squared distance of the trial nearest to it.</summary>
    private double[] Reach(int count, int[] trials, double[][] centroids)
    {
        double[] reach = new double[count];
        _points.ForEachBlock(count, RowsPerBlock / 16, (first, end) =>
        {
            for (int index = first; index < end; index++)
            {
                double least = double.PositiveInfinity;
                for (int trial = 0; trial < trials.Length; trial++)
                {
                    least = Math.Min(least, Distance(_chosen[index], trials[trial], centroids[trial]));
                }

                reach[index] = least;
            }
        });
        return reach;
    }

    private bool IsSkipped(int row, int count, double[] reach) => count > 0 && reach[_nearest[row]] >= SkipFactor * _closest[row];

    private double Distance(int row, int other, double[] centroid)
    {
        double left = _points.SquaredNorms[row];
        double right = _points.SquaredNorms[other];
        double squared = left + right - (2.0 * FloatProducts.Dot(_points.Row(row), _points.Row(other)));

        return squared > SureMargins * _points.Margin(Math.Sqrt(left), Math.Sqrt(right)) ? squared : PreciseDistance.Squared(_points.Rows.Row(row), centroid);
    }
}
