using ModelRuntime.Decoders.Mixtures;

namespace ModelRuntime.Decoders;

/// <summary>Makes the layers of a decoder of its weights.</summary>
internal sealed class LayerBuilder(DecoderConfig config, DecoderWeights weights)
{
    private readonly List<(DecoderConfig Config, RotaryTable Table)> _rotaries = [];

    /// <summary>Gets the angles of positions that the layers use.</summary>
    public IEnumerable<RotaryTable> Rotaries => _rotaries.Select(rotary => rotary.Table);

    /// <summary>Gets what a cache keeps for each sequence.</summary>
    public static CacheShape CacheOf(DecoderConfig config) => config.Mixture switch
    {
        null => new CacheShape(config.LayerCount, config.LayerCount, 0),
        { Level: ExpertLevel.FeedForward } mixture => new CacheShape(config.LayerCount, config.LayerCount, mixture.RoutesSequences ? config.LayerCount - mixture.DenseLayerCount : 0),
        { } mixture => new CacheShape(
            Slot(mixture, config.LayerCount, 0), mixture.DenseLayerCount, mixture.Level == ExpertLevel.Model ? 1 : config.LayerCount - mixture.DenseLayerCount),
    };

    public IDecoderLayer[] Build() => [.. Enumerable.Range(0, config.LayerCount).Select(Layer)];

    private static int Slot(MixtureConfig mixture, int layer, int expert) => mixture.DenseLayerCount + ((layer - mixture.DenseLayerCount) * mixture.ExpertCount) + expert;

    private IDecoderLayer Layer(int index)
    {
        string prefix = $"model.layers.{index}.";
        return config.Mixture switch
        {
            { } mixture when !mixture.Mixes(index) => Dense(config, index, index, prefix),
            { Level: ExpertLevel.FeedForward } mixture => RoutedFeedForward(mixture, index, prefix),
            { } mixture => Routed(mixture, index),
            null => Dense(config, index, index, prefix),
        };
    }

    private DecoderLayer Dense(DecoderConfig own, int index, int slot, string prefix) => new()
    {
        Attention = Attention(own, index, slot, prefix),
        FeedForwardNorm = Norm(own, prefix + "post_attention_layernorm"),
        FeedForward = FeedForward(DecoderShapes.FeedForward(own, prefix)),
    };

    private RoutedFeedForwardLayer RoutedFeedForward(MixtureConfig mixture, int index, string prefix) => new(mixture, config.IntermediateSize)
    {
        Attention = Attention(config, index, index, prefix),
        FeedForwardNorm = Norm(config, prefix + "post_attention_layernorm"),
        Router = Router(mixture, index),
        Experts = [.. Enumerable.Range(0, mixture.ExpertCount).Select(expert => FeedForward(DecoderShapes.Numbered(MixtureNames.Expert(mixture.Level, index, expert) + ".")))],
    };

    private RoutedLayer Routed(MixtureConfig mixture, int index)
    {
        bool isShared = mixture.Level == ExpertLevel.Model;
        return new RoutedLayer
        {
            Router = isShared && index != mixture.DenseLayerCount ? null : Router(mixture, index),
            SharesRoutes = isShared,
            Experts = [.. Enumerable.Range(0, mixture.ExpertCount).Select(Expert)],
        };

        DecoderLayer Expert(int expert)
        {
            DecoderConfig own = mixture.Experts.Count > 0 ? mixture.Experts[expert].ApplyTo(config) : config;
            return Dense(own, index, Slot(mixture, index, expert), MixtureNames.Expert(mixture.Level, index, expert) + ".");
        }
    }

    private Router Router(MixtureConfig mixture, int layer)
    {
        string path = MixtureNames.Gate(mixture.Level, layer);
        return mixture.RouterHiddenSize is null
            ? new Router(mixture, layer, LinearOf(path), second: null)
            : new Router(mixture, layer, LinearOf(path + ".0"), LinearOf(path + ".2"));
    }

    private AttentionBlock Attention(DecoderConfig own, int index, int slot, string prefix) => new(own, index, slot, Rotary(own))
    {
        Norm = Norm(own, prefix + "input_layernorm"),
        QueryNorm = own.HasHeadNorms ? Norm(own, prefix + "self_attn.q_norm") : null,
        KeyNorm = own.HasHeadNorms ? Norm(own, prefix + "self_attn.k_norm") : null,
        Query = LinearOf(prefix + "self_attn.q_proj"),
        Key = LinearOf(prefix + "self_attn.k_proj"),
        Value = LinearOf(prefix + "self_attn.v_proj"),
        Output = LinearOf(prefix + "self_attn.o_proj"),
    };

    // Experts that turn alike share the angles.
    private RotaryTable Rotary(DecoderConfig own)
    {
        RotaryTable? known = _rotaries.FirstOrDefault(rotary => rotary.Config.RotaryBase.Equals(own.RotaryBase) && Equals(rotary.Config.RotaryScaling, own.RotaryScaling)).Table;
        if (known is null)
        {
            known = new RotaryTable(own);
            _rotaries.Add((own, known));
        }

        return known;
    }

    private GatedFeedForward FeedForward((string Gate, string Up, string Down) paths) => new(LinearOf(paths.Gate), LinearOf(paths.Up), LinearOf(paths.Down));

    private RmsNorm Norm(DecoderConfig own, string path) => new(weights[path + ".weight"], own.NormEpsilon);

    private Linear LinearOf(string path) => new(weights[path + ".weight"], weights.TryGet(path + ".bias", out Weight? bias) ? bias : null);
}
