namespace ModelRuntime.Decoders.Mixtures;

/// <summary>The names of the tensors that a mixture has beyond those of a dense model.</summary>
internal static class MixtureNames
{
    /// <summary>The path of the router of a mixture at model level.</summary>
    public const string ModelGate = "model.gate";

    /// <summary>Returns the path of the router of a layer.</summary>
    public static string Gate(ExpertLevel level, int layer) => level switch
    {
        ExpertLevel.FeedForward => $"model.layers.{layer}.block_sparse_moe.gate",
        ExpertLevel.Block => $"model.layers.{layer}.gate",
        _ => ModelGate,
    };

    /// <summary>Returns the path of an expert: the feed-forward block, or the whole layer, whose modules come behind it.</summary>
    public static string Expert(ExpertLevel level, int layer, int expert) => level == ExpertLevel.FeedForward
        ? $"model.layers.{layer}.block_sparse_moe.experts.{expert}"
        : $"model.layers.{layer}.experts.{expert}";

    /// <summary>Returns where newer files have the router of a layer of feed-forward experts.</summary>
    public static string PackedGate(int layer) => $"model.layers.{layer}.mlp.gate";

    /// <summary>Returns where newer files have the gates of all experts of a layer, and behind each the projection beside it.</summary>
    public static string PackedGateUp(int layer) => $"model.layers.{layer}.mlp.experts.gate_up_proj";

    /// <summary>Returns where newer files have the last projections of all experts of a layer.</summary>
    public static string PackedDown(int layer) => $"model.layers.{layer}.mlp.experts.down_proj";
}
