using ModelTensors;

namespace ModelAggregation.Mixture;

/// <summary>What to mix and how. Immutable; a mixture is made of it and the weights of its routers.</summary>
public sealed partial record MixtureRecipe
{
    /// <summary>Gets the level.</summary>
    public required MixtureLevel Level { get; init; }

    /// <summary>Gets the reference of the dense model, whose are the dense layers, embeddings, head, final norm and tokenizer (<c>base_model</c>).</summary>
    public required string DenseModel { get; init; }

    /// <summary>Gets the experts; the order is that of the routers' rows. At least two.</summary>
    public required IReadOnlyList<MixtureExpert> Experts { get; init; }

    /// <summary>Gets the number of dense layers, K: the first ones are the dense model's, those behind them mixed.</summary>
    /// <value>0 by default: all layers are mixed. At most the number of layers, and below it at model level.</value>
    public int DenseLayers { get; init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A number of layers is not negative."); }

    /// <summary>Gets how many experts compute for a token or a sequence, k (<c>experts_per_token</c>).</summary>
    /// <value>Null by default: 2, at model level 1. From 1 to the number of experts.</value>
    public int? ExpertsPerToken { get; init => field = value is null or >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "At least one expert computes."); }

    /// <summary>Gets where the routers' weights come from (<c>gate_mode</c>).</summary>
    public GateMode GateMode { get; init; }

    /// <summary>Gets the kind of the routers.</summary>
    public RouterKind Router { get; init; }

    /// <summary>Gets what a router decides for.</summary>
    /// <value>Null by default: tokens at feed-forward level, else whole sequences.</value>
    public RouterInput? Input { get; init; }

    /// <summary>Gets what a prompt is pooled to where routers decide for whole sequences.</summary>
    public RouterPooling Pooling { get; init; }

    /// <summary>Gets the type of the output (<c>dtype</c>).</summary>
    /// <value>Null by default: that of the dense model.</value>
    public DataType? OutputDataType { get; init; }

    /// <summary>Gets how experts of feed-forward blocks are stored.</summary>
    public MixtureLayout Layout { get; init; }

    /// <summary>Gets the seed of random routers and noise.</summary>
    public ulong Seed { get; init; }
}
