using DataShapley.Games;

namespace DataShapley.Refinement;

/// <summary>Draws records without replacement, each as likely: the baseline that every selection must beat. Scores do not matter.</summary>
public sealed record RandomSampler : Sampler
{
    /// <inheritdoc />
    public override string Name => "random";

    /// <inheritdoc />
    protected internal override int[] Choose(ScoredClusters clusters, int count, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(clusters);
        int[] records = [.. Enumerable.Range(0, clusters.Count).SelectMany(cluster => clusters.Members(cluster).ToArray()).Order()];
        RandomSequence random = new RandomStreams(seed, Name).At(0);
        for (int i = 0; i < count; i++)
        {
            int other = i + random.NextBelow(records.Length - i);
            (records[i], records[other]) = (records[other], records[i]);
        }

        return records[..count];
    }
}
