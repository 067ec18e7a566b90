using System.Text.Json.Nodes;
using ModelRuntime.Decoders.Mixtures;
using ModelTensors.Checkpoints;

namespace ModelRuntime.Decoders;

/// <summary>Writes the <c>config.json</c> of a decoder.</summary>
internal static class DecoderConfigWriter
{
    public static ModelConfig Write(DecoderConfig config, string dataType)
    {
        JsonObject document = new()
        {
            ["architectures"] = new JsonArray($"{config.Architecture}ForCausalLM"),
            ["model_type"] = config.Architecture switch
            {
                DecoderArchitecture.Llama => "llama",
                DecoderArchitecture.Mistral => "mistral",
                DecoderArchitecture.Qwen2 => "qwen2",
                _ => "qwen3",
            },
            ["vocab_size"] = config.VocabularySize,
            ["hidden_size"] = config.HiddenSize,
            ["intermediate_size"] = config.IntermediateSize,
            ["num_hidden_layers"] = config.LayerCount,
            ["num_attention_heads"] = config.HeadCount,
            ["num_key_value_heads"] = config.KeyValueHeadCount,
            ["head_dim"] = config.HeadSize,
            ["hidden_act"] = "silu",
            ["max_position_embeddings"] = config.ContextLength,
            ["initializer_range"] = config.InitializerRange,
            ["rms_norm_eps"] = config.NormEpsilon,
            ["rope_theta"] = config.RotaryBase,
            ["rope_scaling"] = Scaling(config.RotaryScaling),
            ["tie_word_embeddings"] = config.TiesEmbeddings,
            ["torch_dtype"] = dataType,
            ["use_cache"] = true,
            ["bos_token_id"] = config.BeginToken,
            ["eos_token_id"] = config.EndTokens switch
            {
                [] => null,
                [int one] => one,
                { } several => new JsonArray([.. several.Select(token => (JsonNode)token)]),
            },
            ["pad_token_id"] = config.PadToken,
        };
        switch (config.Architecture)
        {
            case DecoderArchitecture.Llama:
                document["attention_bias"] = config.HasAttentionBias;
                document["mlp_bias"] = config.HasFeedForwardBias;
                break;
            case DecoderArchitecture.Mistral:
                document["sliding_window"] = config.SlidingWindow;
                break;
            default:
                document["attention_bias"] = config.HasAttentionBias;
                document["use_sliding_window"] = config.SlidingWindow is not null;
                document["sliding_window"] = config.SlidingWindow;
                document["max_window_layers"] = config.SlidingWindow is null ? config.LayerCount : config.FirstWindowLayer;
                break;
        }

        if (config.Mixture is { } mixture)
        {
            MixtureConfigWriter.Write(document, config, mixture);
        }

        return new ModelConfig(document);
    }

    /// <summary>Returns the value of <c>rope_scaling</c>.</summary>
    public static JsonObject? Scaling(RotaryScaling? scaling) => scaling switch
    {
        null => null,
        Llama3RotaryScaling llama => new JsonObject
        {
            ["rope_type"] = "llama3",
            ["factor"] = llama.Factor,
            ["low_freq_factor"] = llama.LowFrequencyFactor,
            ["high_freq_factor"] = llama.HighFrequencyFactor,
            ["original_max_position_embeddings"] = llama.OriginalContext,
        },
        _ => new JsonObject { ["rope_type"] = "linear", ["factor"] = scaling.Factor },
    };
}
