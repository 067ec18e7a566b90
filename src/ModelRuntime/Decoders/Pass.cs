using ModelRuntime.Decoders.Mixtures;
using ModelTensors;

namespace ModelRuntime.Decoders;

/// <summary>What all layers of one pass over a batch share.</summary>
/// <param name="Compute">What computes.</param>
/// <param name="Batch">The sequences.</param>
/// <param name="Positions">The position of each token.</param>
/// <param name="Cache">The keys and values of the tokens before the batch, if there are any.</param>
/// <param name="CacheSequences">The cached sequence that each of the batch goes on with.</param>
/// <param name="Routing">What routers are told and have decided; null in a model without them.</param>
/// <param name="FeedForwardInputs">Receives what enters the feed-forward blocks; null where it is not wanted.</param>
/// <param name="DropoutSeed">The seed of dropout; null outside of training.</param>
/// <param name="CancellationToken">Stops the pass.</param>
internal readonly record struct Pass(
    Compute Compute,
    TokenBatch Batch,
    int[] Positions,
    KeyValueCache? Cache,
    IReadOnlyList<int>? CacheSequences,
    PassRouting? Routing,
    List<HostTensor>? FeedForwardInputs,
    ulong? DropoutSeed,
    CancellationToken CancellationToken)
{
    /// <summary>Returns the cached sequence that a sequence of the batch goes on with.</summary>
    public int Cached(int sequence) => CacheSequences is null ? sequence : CacheSequences[sequence];

    /// <summary>Returns whether a sequence begins with the batch.</summary>
    public bool Begins(int sequence) => Cache is null || Cache.LengthOf(Cached(sequence)) == 0;

    public void KeepFeedForwardInput(Rows states) => FeedForwardInputs?.Add(states.ToTensor());

    /// <summary>Returns the pass of some of the sequences.</summary>
    public Pass Only(int[] sequences)
    {
        if (sequences.Length == Batch.SequenceCount)
        {
            return this with { FeedForwardInputs = null };
        }

        List<int> positions = [];
        int[] cached = new int[sequences.Length];
        for (int i = 0; i < sequences.Length; i++)
        {
            positions.AddRange(Positions.AsSpan(Batch.StartOf(sequences[i]), Batch.LengthOf(sequences[i])));
            cached[i] = Cached(sequences[i]);
        }

        return this with { Batch = Batch.Only(sequences), Positions = [.. positions], CacheSequences = cached, FeedForwardInputs = null };
    }
}
