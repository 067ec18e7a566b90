namespace DataShapley.Neighbors;

/// <summary>The recursion of the soft-label utility: the share of matching labels among those neighbours that are present, 1/C where there are none.</summary>
internal sealed class SoftLabelGame : NeighborGame
{
    private readonly ReadOnlyMemory<int> _labels;
    private readonly ReadOnlyMemory<int> _tests;
    private readonly double[] _steps;
    private readonly double _guess;
    private readonly double _lastFactor;

    public SoftLabelGame(ReadOnlyMemory<int> labels, ReadOnlyMemory<int> tests, int players, int k, int classes)
    {
        _labels = labels;
        _tests = tests;
        _guess = 1.0 / classes;
        Needed = players;
        _lastFactor = Harmonic.Number(Math.Min(k, players)) - 1;
        _steps = new double[players];
        double head = Harmonic.Number(Math.Min(k, players - 1));
        for (int i = 1; i < players; i++)
        {
            double tail = players > k ? ((Math.Min(i, k) * (players - 1.0) / i) - k) / k : 0;
            _steps[i - 1] = (head + tail) / (players - 1);
        }
    }

    public override int Needed { get; }

    public override bool AreAlike(int test, int left, int right)
    {
        int label = _tests.Span[test];
        return (_labels.Span[left] == label) == (_labels.Span[right] == label);
    }

    public override void Add(int test, ReadOnlySpan<int> order, ReadOnlySpan<double> distances, ValueSum[] sums, NeighborWork work)
    {
        int label = _tests.Span[test];
        ReadOnlySpan<int> labels = _labels.Span;
        int players = order.Length;
        int matching = 0;
        foreach (int row in order[..^1])
        {
            matching += labels[row] == label ? 1 : 0;
        }

        double after = labels[order[^1]] == label ? 1 : 0;
        double mean = players > 1 ? matching / (players - 1.0) : 0;
        double value = players > 1 ? (((after - mean) * _lastFactor) + after - _guess) / players : after - _guess;
        sums[order[^1]].Add(value);
        for (int i = players - 2; i >= 0; i--)
        {
            int row = order[i];
            double matches = labels[row] == label ? 1 : 0;
            value = Math.FusedMultiplyAdd(matches - after, _steps[i], value);
            after = matches;
            sums[row].Add(value);
        }
    }
}
