namespace DataShapley.Neighbors;

/// <summary>s_i = s_{i+1} + (e_i − e_{i+1}) · F_i / K, from the farthest neighbour that counts.</summary>
internal sealed class ClassificationGame : NeighborGame
{
    private readonly ReadOnlyMemory<int> _labels;
    private readonly ReadOnlyMemory<int> _tests;
    private readonly double[] _steps;
    private readonly bool _isTruncated;

    /// <summary>Prepares the game.</summary>
    /// <param name="labels">The classes of the rows.</param>
    /// <param name="tests">The classes of the test points.</param>
    /// <param name="presence">F_1 to F_n.</param>
    /// <param name="k">K.</param>
    /// <param name="tolerance">What values may be off by; 0 for exact ones.</param>
    /// <param name="available">How many neighbours of each test point are known.</param>
    public ClassificationGame(ReadOnlyMemory<int> labels, ReadOnlyMemory<int> tests, double[] presence, int k, double tolerance, int available)
    {
        _labels = labels;
        _tests = tests;
        _steps = [.. presence.Select(f => f / k)];

        // A marginal is at most 1/K, and only where i is among the K nearest: |s_i| ≤ F_i / K. Whoever starts from 0 there is off by that, everywhere alike.
        int needed = tolerance > 0 ? Array.FindIndex(_steps, Math.Min(k, _steps.Length) - 1, step => step <= tolerance) + 1 : 0;
        Needed = Math.Min(needed > 0 ? needed : _steps.Length, available);
        _isTruncated = needed > 0 || Needed < _steps.Length;
        Error = _isTruncated ? _steps[Needed - 1] : 0;
    }

    public override int Needed { get; }

    public override double Error { get; }

    public override bool AreAlike(int test, int left, int right)
    {
        int label = _tests.Span[test];
        return (_labels.Span[left] == label) == (_labels.Span[right] == label);
    }

    public override void Add(int test, ReadOnlySpan<int> order, ReadOnlySpan<double> distances, ValueSum[] sums, NeighborWork work)
    {
        int label = _tests.Span[test];
        if (!_isTruncated)
        {
            AddAll(label, order, sums, work);
            return;
        }

        ReadOnlySpan<int> labels = _labels.Span;
        int last = Needed - 1;
        double value = 0;
        double after = labels[order[last]] == label ? 1 : 0;
        ReadOnlySpan<double> steps = _steps.AsSpan(0, last);
        order = order[..last];
        for (int i = last - 1; i >= 0; i--)
        {
            int row = order[i];
            double matches = labels[row] == label ? 1 : 0;
            value = Math.FusedMultiplyAdd(matches - after, steps[i], value);
            after = matches;
            sums[row].Add(value);
        }
    }

    // What is met in random order is small: a byte to read and a number to write. The sums, four times as large, follow in the order of memory.
    private void AddAll(int label, ReadOnlySpan<int> order, ValueSum[] sums, NeighborWork work)
    {
        Span<byte> marks = work.Bytes(sums.Length);
        LabelMatches.Mark(_labels.Span, label, marks);
        Span<double> values = work.Doubles(sums.Length);
        if (Needed < values.Length)
        {
            values.Clear();
        }

        ReadOnlySpan<double> steps = _steps.AsSpan(0, Needed);
        order = order[..Needed];
        double value = 0;
        int after = 0;
        for (int i = order.Length - 1; i >= 0; i--)
        {
            int row = order[i];
            int matches = marks[row];

            // The product is exact: adding it rounds like a fused step, and waits less for the one before.
            value += (matches - after) * steps[i];
            after = matches;
            values[row] = value;
        }

        ValueSum.AddEach(sums, values);
    }
}
