namespace DataShapley.Neighbors;

/// <summary>The recursion of the utility −(Σ y / K − t)² over the K nearest.</summary>
/// <remarks>
/// s_i = s_{i+1} + (y_{i+1} − y_i) / K · min(K,i)/i · (Σ_l A_l·y_l / K − 2t): targets of nearer neighbours come as a prefix sum, those of farther ones as a
/// running sum with weights that do not depend on i.
/// </remarks>
internal sealed class RegressionGame : NeighborGame
{
    private readonly ReadOnlyMemory<double> _targets;
    private readonly ReadOnlyMemory<double> _tests;
    private readonly int _k;
    private readonly bool _emptyIsZero;
    private readonly double[] _fartherWeights;

    public RegressionGame(ReadOnlyMemory<double> targets, ReadOnlyMemory<double> tests, int players, int k, bool emptyIsZero)
    {
        _targets = targets;
        _tests = tests;
        _k = k;
        _emptyIsZero = emptyIsZero;
        Needed = players;
        _fartherWeights = new double[players + 1];
        for (int l = 3; l <= players; l++)
        {
            _fartherWeights[l] = (double)Math.Min(k, l - 1) * Math.Min(k - 1, l - 2) / ((l - 1.0) * (l - 2.0));
        }
    }

    public override int Needed { get; }

    public override bool AreAlike(int test, int left, int right) => _targets.Span[left] == _targets.Span[right];

    public override void Add(int test, ReadOnlySpan<int> order, ReadOnlySpan<double> distances, ValueSum[] sums, NeighborWork work)
    {
        ReadOnlySpan<double> targets = _targets.Span;
        double t = _tests.Span[test];
        int n = order.Length;
        double k = _k;

        // prefix[i] = y_1 + … + y_i.
        Span<double> prefix = work.Doubles(n + 1);
        prefix[0] = 0;
        for (int i = 0; i < n; i++)
        {
            prefix[i + 1] = prefix[i] + targets[order[i]];
        }

        int present = Math.Min(_k, n);
        double after = targets[order[n - 1]];
        double mean = n > 1 ? prefix[n - 1] / (n - 1) : 0;
        double value = -after / (n * k) * ((present * (present - 1.0) / k * mean) + (present / k * after) - (2 * present * t));
        double empty = _emptyIsZero ? t * t / n : 0;
        sums[order[n - 1]].Add(value - empty);
        double farther = 0;
        for (int i = n - 1; i >= 1; i--)
        {
            if (i + 2 <= n)
            {
                farther += targets[order[i + 1]] * _fartherWeights[i + 2];
            }

            int row = order[i - 1];
            double y = targets[row];
            double nearer = i > 1 ? Math.Min(k - 1, i - 1) / (i - 1) * prefix[i - 1] : 0;
            double sum = nearer + y + after + (farther * i / Math.Min(k, i));
            value += (after - y) / k * (Math.Min(k, i) / i) * ((sum / k) - (2 * t));
            after = y;
            sums[row].Add(value - empty);
        }
    }
}
