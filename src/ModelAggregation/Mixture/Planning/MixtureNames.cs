using System.Globalization;
using ModelTensors;

namespace ModelAggregation.Mixture.Planning;

/// <summary>The names of the tensors of mixtures.</summary>
internal static class MixtureNames
{
    public const string Layers = "model.layers.";
    public const string Embedding = "model.embed_tokens.weight";
    public const string Norm = "model.norm.weight";
    public const string Head = "lm_head.weight";
    public const string ModelGate = "model.gate";
    public const string GateUp = ".mlp.experts.gate_up_proj";
    public const string Down = ".mlp.experts.down_proj";

    // Mixtral's numbers of what Llama calls gate, down and up.
    private static readonly (string Llama, string Mixtral)[] FeedForward =
        [(".mlp.gate_proj.weight", "w1"), (".mlp.down_proj.weight", "w2"), (".mlp.up_proj.weight", "w3")];

    /// <summary>Gets the suffixes of the matrices of a feed-forward block in the order of Mixtral's numbers: gate, down, up.</summary>
    public static IReadOnlyList<string> FeedForwardSuffixes { get; } = [.. FeedForward.Select(item => item.Llama)];

    /// <summary>Returns the beginning of the names of a layer's tensors, without a dot.</summary>
    public static string Layer(int layer) => string.Create(CultureInfo.InvariantCulture, $"{Layers}{layer}");

    /// <summary>Returns Mixtral's name of a matrix of a feed-forward block, or null for other tensors.</summary>
    public static string? MixtralName(string suffix) => Array.Find(FeedForward, item => string.Equals(item.Llama, suffix, StringComparison.Ordinal)).Mixtral;

    /// <summary>Returns the beginning of the name of an expert's tensors in a layer, without a dot.</summary>
    public static string Expert(MixtureLevel level, int layer, int expert) => level == MixtureLevel.FeedForward
        ? string.Create(CultureInfo.InvariantCulture, $"{Layers}{layer}.block_sparse_moe.experts.{expert}")
        : string.Create(CultureInfo.InvariantCulture, $"{Layers}{layer}.experts.{expert}");

    /// <summary>Returns what stands before the names of a router's tensors, without a dot.</summary>
    public static string Gate(MixtureLevel level, MixtureLayout layout, int layer) => (level, layout) switch
    {
        (MixtureLevel.Model, _) => ModelGate,
        (MixtureLevel.Block, _) => $"{Layer(layer)}.gate",
        (_, MixtureLayout.Classic) => $"{Layer(layer)}.block_sparse_moe.gate",
        _ => $"{Layer(layer)}.mlp.gate",
    };

    /// <summary>Returns Mixtral's names of an expert's matrices with their shapes: gate, down, up.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="expert">The expert.</param>
    /// <param name="width">The size of a hidden state.</param>
    /// <param name="inner">The size of the feed-forward block.</param>
    public static IEnumerable<(string Name, TensorShape Shape)> Matrices(int layer, int expert, long width, long inner) => FeedForward
        .Select(item => ($"{Expert(MixtureLevel.FeedForward, layer, expert)}.{item.Mixtral}.weight", item.Mixtral is "w2" ? new TensorShape(width, inner) : new TensorShape(inner, width)));
}
