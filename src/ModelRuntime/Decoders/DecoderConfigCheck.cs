using ModelRuntime.Decoders.Mixtures;
using ModelTensors.Checkpoints;

namespace ModelRuntime.Decoders;

/// <summary>Compares a shape in code with what its <c>config.json</c> says: a model that is saved has to be the one that is loaded.</summary>
internal static class DecoderConfigCheck
{
    private static readonly (string Name, Func<DecoderConfig, object?> Value)[] Told =
    [
        (nameof(DecoderConfig.SlidingWindow), config => config.SlidingWindow),
        (nameof(DecoderConfig.FirstWindowLayer), config => config.SlidingWindow is null ? 0 : config.FirstWindowLayer),
        (nameof(DecoderConfig.HasAttentionBias), config => config.HasAttentionBias),
        (nameof(DecoderConfig.HasOutputBias), config => config.HasOutputBias),
        (nameof(DecoderConfig.HasFeedForwardBias), config => config.HasFeedForwardBias),
        (nameof(DecoderConfig.HasHeadNorms), config => config.HasHeadNorms),
        (nameof(DecoderConfig.Mixture), config => config.Mixture is { } mixture ? mixture with { Experts = [] } : null),
        (nameof(MixtureConfig.Experts), config => string.Join(',', config.Mixture?.Experts ?? [])),
    ];

    /// <summary>Makes sure that a document says what a shape does.</summary>
    /// <exception cref="ArgumentException">It says something else, which is named.</exception>
    public static void EnsureWritable(DecoderConfig config, ModelConfig document)
    {
        DecoderConfig read = DecoderConfig.Read(document);
        foreach ((string name, Func<DecoderConfig, object?> value) in Told)
        {
            if (!Equals(value(config), value(read)))
            {
                throw new ArgumentException(
                    $"{name} is {value(config) ?? "null"}, but a {config.Architecture} decoder of this shape has {value(read) ?? "null"}: its config.json could not say so.", nameof(config));
            }
        }
    }
}
