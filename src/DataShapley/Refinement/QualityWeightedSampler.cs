using DataShapley.Games;

namespace DataShapley.Refinement;

/// <summary>
/// SHED's quality-weighted cluster sampling (QWCS, arXiv 2405.00705): draws a cluster with a probability proportional to exp(f · z), z the scaled score, then one of its
/// records that is left, each as likely; a cluster that is used up is drawn no more.
/// </summary>
public sealed record QualityWeightedSampler : Sampler
{
    /// <summary>Gets the strength f: 0 draws clusters evenly, +∞ those with the best score only, until they are used up.</summary>
    /// <value>Not negative; 1 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The strength is negative or NaN.</exception>
    public double Strength
    {
        get;
        init
        {
            field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The strength of weighting is 0 or more.");
        }
    } = 1;

    /// <summary>Gets what scores are turned into first.</summary>
    /// <value><see cref="ScoreScale.Standardize"/> by default.</value>
    public ScoreScale Scale { get; init; }

    /// <inheritdoc />
    public override string Name => "qwcs";

    /// <summary>Computes the probability of each cluster to be drawn first, if none is empty.</summary>
    /// <param name="scores">The scores, finite.</param>
    public double[] Probabilities(IReadOnlyList<double> scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        double[] weights = Weights(Scaled(scores), _ => true);
        double total = weights.Sum();
        return Array.ConvertAll(weights, weight => weight / total);
    }

    /// <inheritdoc />
    protected internal override int[] Choose(ScoredClusters clusters, int count, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(clusters);
        RandomSequence random = new RandomStreams(seed, Name).At(0);
        double[] scaled = Scaled(clusters.Scores);
        List<int>[] left = [.. Enumerable.Range(0, clusters.Count).Select(cluster => clusters.Members(cluster).ToArray().ToList())];
        double[] sums = [];
        int[] chosen = new int[count];
        for (int i = 0; i < count; i++)
        {
            if (sums.Length == 0)
            {
                // Anew whenever a cluster is used up: relative to the best that is left, so that not all weights can vanish.
                sums = RunningSums(Weights(scaled, cluster => left[cluster].Count > 0));
            }

            List<int> members = left[Find(sums, random.NextDouble() * sums[^1])];
            int member = random.NextBelow(members.Count);
            chosen[i] = members[member];
            members[member] = members[^1];
            members.RemoveAt(members.Count - 1);
            sums = members.Count > 0 ? sums : [];
        }

        return chosen;
    }

    private static double[] RunningSums(double[] weights)
    {
        double[] sums = new double[weights.Length];
        double sum = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            sum += weights[i];
            sums[i] = sum;
        }

        return sums;
    }

    /// <summary>Finds the first sum above a value: never that of a weight of zero.</summary>
    private static int Find(double[] sums, double value)
    {
        // A product rounded up to the total would pass all; the first sum that is the total is the last weight above zero.
        if (value >= sums[^1])
        {
            return Array.IndexOf(sums, sums[^1]);
        }

        int low = 0;
        int high = sums.Length - 1;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = sums[middle] > value ? (low, middle) : (middle + 1, high);
        }

        return low;
    }

    private double[] Weights(double[] scaled, Func<int, bool> isLeft)
    {
        double best = double.NegativeInfinity;
        for (int cluster = 0; cluster < scaled.Length; cluster++)
        {
            best = isLeft(cluster) ? Math.Max(best, scaled[cluster]) : best;
        }

        // The best has weight 1 whatever the strength: infinity times zero is not asked for.
        return [.. scaled.Select((score, cluster) => !isLeft(cluster) ? 0 : score == best ? 1 : Math.Exp(Strength * (score - best)))];
    }

    private double[] Scaled(IReadOnlyList<double> scores) => Scale switch
    {
        ScoreScale.Standardize => ScoreScaling.Standardized(scores),
        ScoreScale.Rank => ScoreScaling.Ranks(scores),
        ScoreScale.DivideByMaxAbs => ScoreScaling.DividedByLargest(scores),
        _ => [.. scores],
    };
}
