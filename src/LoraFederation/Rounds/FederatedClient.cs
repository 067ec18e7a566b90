namespace LoraFederation.Rounds;

/// <summary>A client of a federation.</summary>
public sealed record FederatedClient
{
    internal const int DefaultRank = 16;

    /// <summary>Creates a client.</summary>
    /// <param name="id">Its name; no two clients of a run share one.</param>
    /// <param name="rank">The rank of the adapters that it trains; at least 1.</param>
    /// <param name="alpha">Their alpha; finite, above zero. Twice the rank when null, as in FLoRA.</param>
    public FederatedClient(string id, int rank = DefaultRank, double? alpha = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        ArgumentOutOfRangeException.ThrowIfLessThan(rank, 1);
        Id = id;
        Rank = rank;
        Alpha = alpha ?? 2.0 * rank;
        if (!(Alpha > 0 && double.IsFinite(Alpha)))
        {
            throw new ArgumentOutOfRangeException(nameof(alpha), alpha, "An alpha is finite and above zero.");
        }
    }

    /// <summary>Gets the client's name.</summary>
    public string Id { get; }

    /// <summary>Gets the rank of the adapters that it trains.</summary>
    public int Rank { get; }

    /// <summary>Gets the alpha of the adapters that it trains.</summary>
    public double Alpha { get; }
}
