using ModelRuntime.Decoders.Mixtures;
using ModelTensors;

namespace ModelRuntime.Decoders;

/// <summary>The tensors of a decoder, in the order of its modules.</summary>
internal static class DecoderShapes
{
    public const string EmbeddingName = "model.embed_tokens.weight";
    public const string HeadName = "lm_head.weight";
    public const string NormName = "model.norm.weight";

    public static IEnumerable<WeightShape> Of(DecoderConfig config)
    {
        yield return new WeightShape(EmbeddingName, new TensorShape(config.VocabularySize, config.HiddenSize));
        foreach (WeightShape weight in Enumerable.Range(0, config.LayerCount).SelectMany(layer => Layer(config, layer)))
        {
            yield return weight;
        }

        yield return new WeightShape(NormName, new TensorShape(config.HiddenSize));
        if (!config.TiesEmbeddings)
        {
            yield return new WeightShape(HeadName, new TensorShape(config.VocabularySize, config.HiddenSize));
        }
    }

    /// <summary>Returns the paths of the three projections of the feed-forward block of a layer, which mixtures of such blocks call otherwise.</summary>
    public static (string Gate, string Up, string Down) FeedForward(DecoderConfig config, string prefix) =>
        config.Mixture is { Level: ExpertLevel.FeedForward } ? Numbered(prefix + "mlp.") : (prefix + "mlp.gate_proj", prefix + "mlp.up_proj", prefix + "mlp.down_proj");

    /// <summary>Returns the paths of the three projections of a feed-forward block that Mixtral numbers.</summary>
    public static (string Gate, string Up, string Down) Numbered(string prefix) => (prefix + "w1", prefix + "w3", prefix + "w2");

    private static IEnumerable<WeightShape> Layer(DecoderConfig config, int layer)
    {
        string prefix = $"model.layers.{layer}.";
        return config.Mixture switch
        {
            { } mixture when !mixture.Mixes(layer) => Layer(config, prefix, FeedForward(config, FeedForward(config, prefix))),
            { Level: ExpertLevel.FeedForward } mixture => Layer(config, prefix, MixtureShapes.FeedForward(config, mixture, layer)),
            { } mixture => MixtureShapes.Gate(config, mixture, layer)
                .Concat(Enumerable.Range(0, mixture.ExpertCount).SelectMany(expert => Layer(config, MixtureNames.Expert(mixture.Level, layer, expert) + "."))),
            null => Layer(config, prefix),
        };
    }

    private static IEnumerable<WeightShape> Layer(DecoderConfig config, string prefix) => Layer(config, prefix, FeedForward(config, FeedForward(config, prefix)));

    private static IEnumerable<WeightShape> Layer(DecoderConfig config, string prefix, IEnumerable<WeightShape> feedForward)
    {
        yield return new WeightShape(prefix + "input_layernorm.weight", new TensorShape(config.HiddenSize));
        foreach (WeightShape weight in Attention(config, prefix + "self_attn.").Concat(feedForward))
        {
            yield return weight;
        }

        if (config.HasHeadNorms)
        {
            yield return new WeightShape(prefix + "self_attn.q_norm.weight", new TensorShape(config.HeadSize));
            yield return new WeightShape(prefix + "self_attn.k_norm.weight", new TensorShape(config.HeadSize));
        }

        yield return new WeightShape(prefix + "post_attention_layernorm.weight", new TensorShape(config.HiddenSize));
    }

    private static IEnumerable<WeightShape> Attention(DecoderConfig config, string prefix) =>
    [
        .. Linear(prefix + "q_proj", config.QuerySize, config.HiddenSize, config.HasAttentionBias),
        .. Linear(prefix + "k_proj", config.KeyValueSize, config.HiddenSize, config.HasAttentionBias),
        .. Linear(prefix + "v_proj", config.KeyValueSize, config.HiddenSize, config.HasAttentionBias),
        .. Linear(prefix + "o_proj", config.HiddenSize, config.QuerySize, config.HasOutputBias),
    ];

    private static IEnumerable<WeightShape> FeedForward(DecoderConfig config, (string Gate, string Up, string Down) paths) =>
    [
        .. Linear(paths.Gate, config.IntermediateSize, config.HiddenSize, config.HasFeedForwardBias),
        .. Linear(paths.Up, config.IntermediateSize, config.HiddenSize, config.HasFeedForwardBias),
        .. Linear(paths.Down, config.HiddenSize, config.IntermediateSize, config.HasFeedForwardBias),
    ];

    private static IEnumerable<WeightShape> Linear(string path, int outputs, int inputs, bool hasBias)
    {
        yield return new WeightShape(path + ".weight", new TensorShape(outputs, inputs));
        if (hasBias)
        {
            yield return new WeightShape(path + ".bias", new TensorShape(outputs));
        }
    }
}
