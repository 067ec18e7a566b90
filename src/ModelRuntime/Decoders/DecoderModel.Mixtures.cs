using ModelRuntime.Decoders.Mixtures;

namespace ModelRuntime.Decoders;

/// <content>What is particular to mixtures of experts.</content>
public sealed partial class DecoderModel
{
    /// <summary>The layers, to be trained.</summary>
    /// <exception cref="RuntimeException">They are a mixture's.</exception>
    private DecoderLayer[] DenseLayers
    {
        get
        {
            EnsureDense();
            return [.. _layers.Cast<DecoderLayer>()];
        }
    }

    private void EnsureDense()
    {
        if (Config.Mixture is { } mixture)
        {
            throw new RuntimeException(
                RuntimeError.Unsupported, $"The model is a mixture of {mixture.ExpertCount} experts, which the engine runs and does not train: train the experts before they are mixed.");
        }
    }

    private void CheckRouting(TokenBatch batch, ForwardOptions options)
    {
        if (options.KeepsFeedForwardInputs && Config.Mixture is { Level: not ExpertLevel.FeedForward } mixture && mixture.Mixes(Config.LayerCount - 1))
        {
            throw new RuntimeException(
                RuntimeError.Unsupported, "What enters feed-forward blocks is asked for of a mixture of whole layers, which has several blocks side by side in a layer: ask one of its experts.");
        }

        if (options.PromptLengths is not { } lengths)
        {
            return;
        }

        if (lengths.Count != batch.SequenceCount)
        {
            throw new ArgumentException($"There are {lengths.Count} lengths of prompts for {batch.SequenceCount} sequences.", nameof(options));
        }

        for (int sequence = 0; sequence < lengths.Count; sequence++)
        {
            bool begins = options.Cache is null || options.Cache.LengthOf(options.CacheSequences?[sequence] ?? sequence) == 0;
            if (begins && (lengths[sequence] < 1 || lengths[sequence] > batch.LengthOf(sequence)))
            {
                throw new ArgumentException(
                    $"The prompt of sequence {sequence} has {lengths[sequence]} tokens, and the batch {batch.LengthOf(sequence)} of the sequence that begins: a prompt has at least one token and is fed as a whole.", nameof(options));
            }
        }
    }
}
