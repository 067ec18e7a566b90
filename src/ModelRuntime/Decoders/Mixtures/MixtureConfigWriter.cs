using System.Text.Json.Nodes;

namespace ModelRuntime.Decoders.Mixtures;

/// <summary>Writes what the <c>config.json</c> of a mixture says beyond that of a dense model.</summary>
internal static class MixtureConfigWriter
{
    private const double AuxiliaryLoss = 0.001;

    /// <summary>Makes the configuration of the layers that of their mixture.</summary>
    public static void Write(JsonObject document, DecoderConfig config, MixtureConfig mixture)
    {
        bool mixesBlocks = mixture.Level == ExpertLevel.FeedForward;
        document["architectures"] = new JsonArray("MixtralForCausalLM");
        document["dense_model_type"] = document["model_type"]?.DeepClone();
        document["model_type"] = mixesBlocks ? (IsMixtral(config, mixture) ? "mixtral" : "mixtral_hybrid") : "mixtral_block_level";
        document["mixture_level"] = mixture.Level switch
        {
            ExpertLevel.FeedForward => "ffn",
            ExpertLevel.Block => "block",
            _ => "model",
        };
        document["num_local_experts"] = mixture.ExpertCount;
        document["num_experts_per_tok"] = mixture.ChosenCount;
        document["num_dense_layers"] = mixture.DenseLayerCount;
        document["output_router_logits"] = false;
        document["router_aux_loss_coef"] = AuxiliaryLoss;
        document["use_cache"] = mixesBlocks;
        if (mixesBlocks)
        {
            document["sentence_routing"] = mixture.RoutesSequences;
        }

        if (mixture.RoutesSequences)
        {
            document["sequence_pooler"] = mixture.Pooling switch
            {
                PromptPooling.Mean => "mean",
                PromptPooling.Last => "last_token",
                _ => "first_token",
            };
        }

        if (mixture.RouterHiddenSize is { } size)
        {
            document["router_type"] = "mlp";
            document["router_hidden_size"] = size;
            document["router_activation"] = "silu";
        }

        if (mixture.Experts.Count > 0)
        {
            document["expert_overrides"] = new JsonArray([.. mixture.Experts.Select(Overrides)]);
        }
    }

    /// <summary>Returns whether readers of plain Mixtral compute the same: some of them pass over a scaled rotation in silence, and all over layers without the window of others.</summary>
    private static bool IsMixtral(DecoderConfig config, MixtureConfig mixture) =>
        mixture is { DenseLayerCount: 0, RouterHiddenSize: null, RoutesSequences: false } && config is { HasAttentionBias: false, HasOutputBias: false, HasHeadNorms: false, RotaryScaling: null } and ({ SlidingWindow: null } or { FirstWindowLayer: 0 });

    private static JsonObject Overrides(ExpertSettings expert) => new()
    {
        ["rope_theta"] = expert.RotaryBase,
        ["rope_scaling"] = DecoderConfigWriter.Scaling(expert.RotaryScaling),
        ["rms_norm_eps"] = expert.NormEpsilon,
        ["sliding_window"] = expert.SlidingWindow,
    };
}
