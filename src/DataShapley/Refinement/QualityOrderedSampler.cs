namespace DataShapley.Refinement;

/// <summary>SHED's quality-ordered cluster sampling (QOCS, arXiv 2405.00705): whole clusters, the best first, until the quota is reached within one. Draws nothing.</summary>
public sealed record QualityOrderedSampler : Sampler
{
    /// <inheritdoc />
    public override string Name => "qocs";

    /// <inheritdoc />
    protected internal override int[] Choose(ScoredClusters clusters, int count, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(clusters);
        int[] chosen = new int[count];
        int done = 0;
        foreach (int cluster in clusters.ByQuality)
        {
            ReadOnlySpan<int> members = clusters.Members(cluster);
            members = members[..Math.Min(members.Length, count - done)];
            members.CopyTo(chosen.AsSpan(done));
            done += members.Length;
        }

        return chosen;
    }
}
