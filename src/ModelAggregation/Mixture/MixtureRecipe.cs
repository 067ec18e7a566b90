using ModelTensors;

namespace ModelAggregation.Mixture;

/// <summary>What to mix and how. Immutable; a mixture is made of it and the weights of its routers.</summary>
/// <example>
/// <code>
/// MixtureRecipe recipe = new()
/// {
///     Level = MixtureLevel.FeedForward,
///     DenseModel = "models/merged",
///     Experts = [new("models/math") { PositivePrompts = ["solve"] }, new("models/code") { PositivePrompts = ["program"] }],
/// };
/// </code>
/// </example>
public sealed partial record MixtureRecipe
{
    internal const int DefaultRouterHiddenSize = 64;
    private const int DefaultExpertsPerToken = 2;

    /// <summary>Gets the level.</summary>
    public required MixtureLevel Level { get; init; }

    /// <summary>Gets the reference of the dense model, whose are the dense layers, embeddings, head, final norm and tokenizer (<c>base_model</c>).</summary>
    public required string DenseModel { get; init; }

    /// <summary>Gets the experts; the order is that of the routers' rows. At least two.</summary>
    public required IReadOnlyList<MixtureExpert> Experts { get; init => field = [.. value]; }

    /// <summary>Gets the number of dense layers, K: the first ones are the dense model's, those behind them mixed.</summary>
    /// <value>0 by default: all layers are mixed. At most the number of layers, and below it at model level.</value>
    public int DenseLayers { get; init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A number of layers is not negative."); }

    /// <summary>Gets how many experts compute for a token or a sequence, k (<c>experts_per_token</c>).</summary>
    /// <value>Null by default: 2, at model level 1. From 1 to the number of experts.</value>
    public int? ExpertsPerToken { get; init => field = value is null or >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "At least one expert computes."); }

    /// <summary>Gets where the routers' weights come from (<c>gate_mode</c>).</summary>
    /// <remarks>All but the random modes need prompts of every expert. Where no expert has any, routers are the caller's own, and a plan warns of it.</remarks>
    public GateMode GateMode { get; init; }

    /// <summary>Gets the kind of the routers.</summary>
    public RouterKind Router { get; init; }

    /// <summary>Gets the number of hidden units of routers of two layers that a plan counts with (<c>router_hidden_size</c>; ours). What is written are the routers that are given.</summary>
    /// <value>64 by default; at least 1.</value>
    public int RouterHiddenSize { get; init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A layer has at least one unit."); } = DefaultRouterHiddenSize;

    /// <summary>Gets what a router decides for.</summary>
    /// <value>Null by default: tokens at feed-forward level, else whole sequences.</value>
    public RouterInput? Input { get; init; }

    /// <summary>Gets what a prompt is pooled to where routers decide for whole sequences.</summary>
    public RouterPooling Pooling { get; init; }

    /// <summary>Gets the type of the output (<c>dtype</c>); routers are written in F32 whatever it is, so that they route as they were scored.</summary>
    /// <value>Null by default: that of the dense model.</value>
    public DataType? OutputDataType { get; init; }

    /// <summary>Gets how experts of feed-forward blocks are stored.</summary>
    public MixtureLayout Layout { get; init; }

    /// <summary>Gets the seed of random routers and noise.</summary>
    public ulong Seed { get; init; }

    /// <summary>Gets how many experts compute, by default what the level has.</summary>
    internal int Chosen => ExpertsPerToken ?? (Level == MixtureLevel.Model ? 1 : DefaultExpertsPerToken);

    /// <summary>Gets what a router decides for, by default what the level has.</summary>
    internal RouterInput Decides => Input ?? (Level == MixtureLevel.FeedForward ? RouterInput.Token : RouterInput.Sample);

    /// <summary>Compares everything that the recipe says.</summary>
    /// <param name="other">Another recipe.</param>
    public bool Equals(MixtureRecipe? other) =>
        other is not null
        && string.Equals(DenseModel, other.DenseModel, StringComparison.Ordinal)
        && Experts.SequenceEqual(other.Experts)
        && (Level, DenseLayers, ExpertsPerToken, GateMode, Router, RouterHiddenSize) == (other.Level, other.DenseLayers, other.ExpertsPerToken, other.GateMode, other.Router, other.RouterHiddenSize)
        && (Input, Pooling, OutputDataType, Layout, Seed) == (other.Input, other.Pooling, other.OutputDataType, other.Layout, other.Seed);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(DenseModel, Experts.Count, Level, DenseLayers, GateMode, Router, Seed);

    /// <summary>Returns every reference to a model, each once: the dense model's, then those of the experts.</summary>
    internal IEnumerable<string> References() => Experts.Select(expert => expert.Model).Prepend(DenseModel).Distinct(StringComparer.Ordinal);
}
