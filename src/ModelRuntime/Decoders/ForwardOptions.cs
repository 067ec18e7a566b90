namespace ModelRuntime.Decoders;

/// <summary>What a forward pass gives, and what it goes on from.</summary>
public sealed record ForwardOptions
{
    /// <summary>Gets the tokens whose logits are wanted, by their places in <see cref="TokenBatch.Tokens"/>.</summary>
    /// <value>Null by default: all. Empty for none.</value>
    public IReadOnlyList<int>? LogitRows { get; init; }

    /// <summary>Gets whether the hidden states are wanted.</summary>
    public bool KeepsHiddenStates { get; init; }

    /// <summary>Gets the cache that the batch goes on from, and that it is added to.</summary>
    /// <value>Null by default: sequences begin with the batch.</value>
    public KeyValueCache? Cache { get; init; }

    /// <summary>Gets the cached sequence that each sequence of the batch goes on with; none may occur twice.</summary>
    /// <value>Null by default: the first with the first, and so on.</value>
    public IReadOnlyList<int>? CacheSequences { get; init; }
}
