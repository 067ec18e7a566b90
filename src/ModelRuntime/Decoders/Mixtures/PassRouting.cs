namespace ModelRuntime.Decoders.Mixtures;

/// <summary>What the routers of one pass are told, and what they have decided.</summary>
internal sealed class PassRouting(IReadOnlyList<int>? promptLengths, List<RouterDecisions>? kept)
{
    /// <summary>Gets or sets what the one router of a mixture at model level has decided.</summary>
    public Routes? Shared { get; set; }

    /// <summary>Returns how many tokens of a sequence that begins with the batch are its prompt.</summary>
    public int PromptOf(TokenBatch batch, int sequence) => promptLengths?[sequence] ?? batch.LengthOf(sequence);

    public void Keep(int layer, bool isOfSequences, Routes routes) => kept?.Add(new RouterDecisions(layer, isOfSequences, routes));
}
