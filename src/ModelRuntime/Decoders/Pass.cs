namespace ModelRuntime.Decoders;

/// <summary>What all layers of one pass over a batch share.</summary>
/// <param name="Compute">What computes.</param>
/// <param name="Batch">The sequences.</param>
/// <param name="Positions">The position of each token.</param>
/// <param name="Rotary">The angles of positions.</param>
/// <param name="Cache">The keys and values of the tokens before the batch, if there are any.</param>
/// <param name="CacheSequences">The cached sequence that each of the batch goes on with.</param>
/// <param name="DropoutSeed">The seed of dropout; null outside of training.</param>
/// <param name="CancellationToken">Stops the pass.</param>
internal readonly record struct Pass(
    Compute Compute,
    TokenBatch Batch,
    int[] Positions,
    RotaryTable Rotary,
    KeyValueCache? Cache,
    IReadOnlyList<int>? CacheSequences,
    ulong? DropoutSeed,
    CancellationToken CancellationToken)
{
    /// <summary>Returns the cached sequence that a sequence of the batch goes on with.</summary>
    public int Cached(int sequence) => CacheSequences is null ? sequence : CacheSequences[sequence];
}
