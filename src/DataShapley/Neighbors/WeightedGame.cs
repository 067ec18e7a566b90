namespace DataShapley.Neighbors;

/// <summary>Weighted votes: the test point's class against each other one among the neighbours of both, and the mean over the others.</summary>
internal sealed class WeightedGame(
    ReadOnlyMemory<int> labels, ReadOnlyMemory<int> tests, int players, int levels, Func<double, double> weight, WeightedRecursion recursion) : NeighborGame
{
    public override int Needed { get; } = players;

    public override bool NeedsDistances => true;

    public override IEnumerable<KeyValuePair<string, double>> Facts => [new("weight_rounding", 0.5 / levels)];

    public override bool AreAlike(int test, int left, int right) => false;

    public override void Add(int test, ReadOnlySpan<int> order, ReadOnlySpan<double> distances, ValueSum[] sums, NeighborWork work)
    {
        int label = tests.Span[test];
        int[] votes = Votes(distances);
        int[] classes = new int[order.Length];
        for (int i = 0; i < order.Length; i++)
        {
            classes[i] = labels.Span[order[i]];
        }

        int[] others = [.. classes.Where(other => other != label).Distinct().Order()];
        double[] values = new double[order.Length];
        if (others.Length == 0)
        {
            recursion.Add(votes, 1, values);
        }

        foreach (int other in others)
        {
            int[] members = [.. Enumerable.Range(0, classes.Length).Where(i => classes[i] == label || classes[i] == other)];
            double[] own = new double[members.Length];
            recursion.Add([.. members.Select(i => classes[i] == label ? votes[i] : -votes[i])], 1.0 / others.Length, own);
            for (int i = 0; i < members.Length; i++)
            {
                values[members[i]] += own[i];
            }
        }

        for (int i = 0; i < order.Length; i++)
        {
            sums[order[i]].Add(values[i]);
        }
    }

    /// <summary>The weights as whole numbers, the largest of the test point being the highest level.</summary>
    private int[] Votes(ReadOnlySpan<double> distances)
    {
        double[] weights = new double[distances.Length];
        double largest = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = weight(distances[i]);
            if (!(weights[i] >= 0 && double.IsFinite(weights[i])))
            {
                throw new ArgumentOutOfRangeException(nameof(distances), weights[i], $"The weight of a neighbour at distance {distances[i]} is not a finite number of 0 or more.");
            }

            largest = Math.Max(largest, weights[i]);
        }

        return [.. weights.Select(value => largest > 0 ? (int)Math.Round(value / largest * levels, MidpointRounding.ToEven) : 0)];
    }
}
