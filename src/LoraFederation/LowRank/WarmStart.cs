using ModelTensors;

namespace LoraFederation.LowRank;

/// <summary>
/// The start of a client's next round that loses nothing: the first r_k components are trained on, the others stay beside them, frozen. For every client and rank
/// <c>W + s_k B_k A_k + FrozenLeft · FrozenRight = W + ΔW</c>.
/// </summary>
/// <remarks>
/// FLoRA (arXiv 2409.05976) starts every round from B = 0, where A has no gradient; FlexLoRA (arXiv 2402.11505) starts from the aggregate cut to the client's rank.
/// Here one broadcast of <see cref="OrderedFactors"/> serves all, and each client does this by itself.
/// </remarks>
public sealed class WarmStart : IDisposable
{
    private WarmStart(ClientFactors trainable, HostTensor frozenLeft, HostTensor frozenRight)
    {
        Trainable = trainable;
        FrozenLeft = frozenLeft;
        FrozenRight = frozenRight;
    }

    /// <summary>Gets the factors to train: both are those of the aggregate over √s_k.</summary>
    public ClientFactors Trainable { get; }

    /// <summary>Gets the B factor of what stays: F32, [rows, rank of the rest]; no columns where the client's rank holds all.</summary>
    public HostTensor FrozenLeft { get; }

    /// <summary>Gets the A factor of what stays: F32, [rank of the rest, columns]. Its scaling is one.</summary>
    public HostTensor FrozenRight { get; }

    /// <summary>Creates a client's start.</summary>
    /// <param name="factors">The components of the aggregate.</param>
    /// <param name="rank">r_k, at least 1. What the aggregate has too few of is fresh: B zero, A even in ±1/√columns.</param>
    /// <param name="scaling">s_k, above 0: the client's alpha over its rank, or over its root.</param>
    /// <param name="key">The key of fresh components.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rank is below 1, or the scaling not above 0 and finite.</exception>
    public static WarmStart Create(OrderedFactors factors, int rank, double scaling, PhiloxKey key = default)
    {
        double root = Math.Sqrt(scaling);
        ClientFactors trainable = ClientFactors.Create(factors, rank, scaling, key, _ => (1 / root, 1 / root));
        int kept = Math.Min(rank, factors.Rank);
        return new WarmStart(trainable, factors.CopyColumns(kept, factors.Rank - kept), factors.CopyRows(kept, factors.Rank - kept));
    }

    /// <summary>Releases the factors.</summary>
    public void Dispose()
    {
        Trainable.Dispose();
        FrozenLeft.Dispose();
        FrozenRight.Dispose();
    }
}
