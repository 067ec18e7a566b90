using DataShapley.Games;

namespace DataShapley.Refinement;

/// <summary>Takes the next record in order of quality, as <see cref="QualityOrderedSampler"/> does, or with probability ε any that is left, each as likely.</summary>
public sealed record EpsilonGreedySampler : Sampler
{
    /// <summary>Gets the probability ε of a random record.</summary>
    /// <value>From 0, quality alone, to 1, chance alone; 0.1 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The probability is outside [0, 1].</exception>
    public double Epsilon
    {
        get;
        init
        {
            field = value is >= 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A probability lies in [0, 1].");
        }
    } = 0.1;

    /// <inheritdoc />
    public override string Name => "epsilon_greedy";

    /// <inheritdoc />
    protected internal override int[] Choose(ScoredClusters clusters, int count, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(clusters);
        int[] byQuality = new QualityOrderedSampler().Choose(clusters, clusters.RecordCount, seed);

        // Places in the order of quality that are left; those taken move behind them.
        int[] left = [.. Enumerable.Range(0, byQuality.Length)];
        bool[] isTaken = new bool[byQuality.Length];
        int[] placeOf = [.. left];
        int leftCount = left.Length;
        int best = 0;
        RandomSequence random = new RandomStreams(seed, Name).At(0);
        int[] chosen = new int[count];
        for (int i = 0; i < count; i++)
        {
            while (isTaken[best])
            {
                best++;
            }

            int taken = random.NextDouble() < Epsilon ? left[random.NextBelow(leftCount)] : best;
            int place = placeOf[taken];
            int last = left[--leftCount];
            (left[place], placeOf[last]) = (last, place);
            isTaken[taken] = true;
            chosen[i] = byQuality[taken];
        }

        return chosen;
    }
}
