namespace DataShapley.Neighbors;

/// <summary>The closed form of the threshold utility: the share of matching labels within a radius, 1/C where nobody is.</summary>
/// <remarks>
/// The published R = Σ_j (1 − Π_{l≤j} max(N−l−C, 0)/(N−l)) / (j+1) is the harmonic number H_C of the number of neighbours C: the product is C(N−j−1, C)/C(N, C),
/// and Σ_{j=1..N} C(N−j, C)/j = C(N, C)·(H_N − H_C). So a value depends on the radius alone, not on N.
/// </remarks>
internal sealed class ThresholdGame(ReadOnlyMemory<int> labels, ReadOnlyMemory<int> tests, double radius, int rows, int classes) : NeighborGame
{
    private readonly double[] _harmonic = Harmonic.Table(rows);
    private readonly double _guess = 1.0 / classes;

    public override int Needed { get; } = rows;

    public double Radius => radius;

    public override bool AreAlike(int test, int left, int right) => true;

    public override void Add(int test, ReadOnlySpan<int> order, ReadOnlySpan<double> distances, ValueSum[] sums, NeighborWork work)
    {
        int inside = distances.Length;
        while (inside > 0 && distances[inside - 1] > radius)
        {
            inside--;
        }

        AddInside(test, order[..inside], sums);
    }

    /// <summary>Adds the values of the neighbours within the radius, whatever their order; those outside have none.</summary>
    public void AddInside(int test, ReadOnlySpan<int> inside, ValueSum[] sums)
    {
        int label = tests.Span[test];
        ReadOnlySpan<int> all = labels.Span;
        int matching = 0;
        foreach (int row in inside)
        {
            matching += all[row] == label ? 1 : 0;
        }

        double hit = Value(1, inside.Length, matching);
        double miss = Value(0, inside.Length, matching);
        foreach (int row in inside)
        {
            sums[row].Add(all[row] == label ? hit : miss);
        }
    }

    private double Value(double match, int inside, int matching)
    {
        double own = (match - _guess) / Math.Max(inside, 1);
        return inside < 2 ? own : own + (((match / inside) - ((matching - match) / (inside * (inside - 1.0)))) * (_harmonic[inside] - 1));
    }
}
