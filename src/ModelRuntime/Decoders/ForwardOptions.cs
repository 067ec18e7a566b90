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

    /// <summary>Gets how many tokens of each sequence of the batch are its prompt, by which routers that decide for whole sequences decide: what comes behind does not change it.</summary>
    /// <value>Null by default: all that the batch has of the sequence. At least 1, and no more than that, since what was decided is kept; of sequences that go on from a cache and of models without such routers it is of no account.</value>
    public IReadOnlyList<int>? PromptLengths { get; init; }

    /// <summary>Gets whether what routers of a mixture decide is wanted.</summary>
    public bool KeepsRouting { get; init; }

    /// <summary>Gets whether what enters the feed-forward blocks is wanted: the states behind the norm before them.</summary>
    public bool KeepsFeedForwardInputs { get; init; }
}
