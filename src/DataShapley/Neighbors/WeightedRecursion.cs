namespace DataShapley.Neighbors;

/// <summary>Shapley values of weighted votes of the K nearest, by counting coalitions of each size and sum of weights.</summary>
/// <remarks>
/// Counts are doubles: exact up to 2⁵³, and sums of positive numbers beyond. For each neighbour the others are added one after the other, so that before
/// each of them the coalitions of nearer ones are at hand: O(K²·N²·W) for weights up to W.
/// </remarks>
internal sealed class WeightedRecursion
{
    private readonly int _k;
    private readonly bool _emptyIsOne;
    private readonly CancellationToken _cancellationToken;

    public WeightedRecursion(int k, bool emptyIsOne, CancellationToken cancellationToken)
    {
        _k = k;
        _emptyIsOne = emptyIsOne;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Adds the values of the utility 1[Σ of the K nearest weights ≥ 0], times a factor.</summary>
    /// <param name="weights">The weights, nearest first: negative against the label.</param>
    /// <param name="factor">The factor.</param>
    /// <param name="values">Receives the values.</param>
    public void Add(ReadOnlySpan<int> weights, double factor, Span<double> values)
    {
        int n = weights.Length;
        int sizes = Math.Min(_k, n);
        int largest = 0;
        foreach (int weight in weights)
        {
            largest = Math.Max(largest, Math.Abs(weight));
        }

        Counts nearer = new(sizes, largest);
        Counts others = new(sizes, largest);
        double[] scales = Scales(n);
        for (int i = 0; i < n; i++)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            int own = weights[i];
            others.CopyFrom(nearer);
            double value = 0;
            for (int m = i + 1; m < n; m++)
            {
                // With K − 1 nearer ones present the own vote replaces that of m.
                int other = weights[m];
                if (m >= _k)
                {
                    double flips = own >= other ? others.Between(_k - 1, -own, -other - 1) : -others.Between(_k - 1, -other, -own - 1);
                    value += flips * scales[m];
                }

                others.Add(other);
            }

            value += (own >= 0 ? 1 : -1) * Joined(own, others, sizes, n) / n;
            values[i] += factor * value;
            nearer.Add(own);
        }
    }

    /// <summary>The share of coalitions of fewer than K whose decision the own vote flips, summed over sizes.</summary>
    private double Joined(int own, Counts others, int sizes, int n)
    {
        double sum = 0;
        double coalitions = 1;
        for (int size = 0; size < sizes; size++)
        {
            double flips = own >= 0 ? others.Between(size, -own, -1) : others.Between(size, 0, -own - 1);
            if (size == 0 && !_emptyIsOne)
            {
                flips = own >= 0 ? 1 : 0;
            }

            sum += flips / coalitions;
            coalitions *= (n - 1.0 - size) / (size + 1);
        }

        return sum;
    }

    /// <summary>1 / ((m+1) · C(m, K)) for m from K.</summary>
    private double[] Scales(int n)
    {
        double[] scales = new double[n];
        double coalitions = 1;
        for (int m = _k; m < n; m++)
        {
            scales[m] = 1 / ((m + 1) * coalitions);
            coalitions *= (m + 1.0) / (m + 1 - _k);
        }

        return scales;
    }

    /// <summary>How many coalitions of each size have each sum.</summary>
    private sealed class Counts
    {
        private readonly int _sizes;
        private readonly int _center;
        private readonly int _width;
        private readonly double[] _counts;
        private int _added;

        public Counts(int sizes, int largest)
        {
            _sizes = sizes;
            _center = (sizes - 1) * largest;
            _width = (2 * _center) + 1;
            _counts = new double[checked(sizes * _width)];
            _counts[_center] = 1;
        }

        public void CopyFrom(Counts other)
        {
            other._counts.CopyTo(_counts, 0);
            _added = other._added;
        }

        public void Add(int weight)
        {
            _added++;
            for (int size = Math.Min(_sizes - 1, _added); size >= 1; size--)
            {
                // The sums of one size reach less far than the row is long by one weight at least: what is shifted out is zero.
                Span<double> from = _counts.AsSpan((size - 1) * _width, _width);
                Span<double> to = _counts.AsSpan(size * _width, _width);
                int length = _width - Math.Abs(weight);
                from = weight >= 0 ? from[..length] : from[^length..];
                to = weight >= 0 ? to[^length..] : to[..length];
                for (int i = 0; i < to.Length; i++)
                {
                    to[i] += from[i];
                }
            }
        }

        /// <summary>Counts the coalitions of a size whose sum lies between two, both included.</summary>
        public double Between(int size, int low, int high)
        {
            low = Math.Max(low, -_center);
            high = Math.Min(high, _center);
            double sum = 0;
            for (int i = low; i <= high; i++)
            {
                sum += _counts[(size * _width) + _center + i];
            }

            return sum;
        }
    }
}
