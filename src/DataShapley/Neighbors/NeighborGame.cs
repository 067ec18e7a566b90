namespace DataShapley.Neighbors;

/// <summary>A game of neighbours over given labels: what each neighbour of one test point is worth, from their order.</summary>
internal abstract class NeighborGame
{
    /// <summary>Gets how many of the nearest neighbours have values that are not zero.</summary>
    public abstract int Needed { get; }

    /// <summary>Gets whether the distances themselves count, not their order alone.</summary>
    public virtual bool NeedsDistances => false;

    /// <summary>Gets what the values are within, beside rounding.</summary>
    public virtual double Error => 0;

    /// <summary>Gets what else is to be told of the values, by name.</summary>
    public virtual IEnumerable<KeyValuePair<string, double>> Facts => Error > 0 ? [new("truncation_error", Error)] : [];

    /// <summary>Says whether two neighbours of a test point have one value when they are next to each other, so that their order does not count.</summary>
    public abstract bool AreAlike(int test, int left, int right);

    /// <summary>Adds the values of the neighbours of a test point.</summary>
    /// <param name="test">The test point.</param>
    /// <param name="order">The neighbours, nearest first: all, or at least <see cref="Needed"/>.</param>
    /// <param name="distances">Their distances, where the game needs them.</param>
    /// <param name="sums">The sums of all rows.</param>
    /// <param name="work">The memory of the thread.</param>
    public abstract void Add(int test, ReadOnlySpan<int> order, ReadOnlySpan<double> distances, ValueSum[] sums, NeighborWork work);
}
