using System.Text.Json.Nodes;
using ModelAggregation.Merging.Recipes;
using ModelTensors;

namespace ModelAggregation.Mixture.Planning;

/// <summary>Makes the <c>config.json</c> of a mixture from that of the dense model: all that a forward pass needs.</summary>
internal static class MixtureConfig
{
    private const double AuxiliaryLossCoefficient = 0.001;

    // What readers of Mixtral fill in where a key is missing is not what those of the dense model do.
    private const int LlamaContextLength = 2048;
    private const int MistralContextLength = 131_072;
    private const int QwenContextLength = 32_768;

    public static JsonObject Create(MixtureRecipe recipe, MixtureModel dense, IReadOnlyList<MixtureModel> experts, DataType type)
    {
        JsonObject config = dense.Config.DeepClone().AsObject();
        // Weights are read through their scales and written as plain floats, and no code goes with them.
        config.Remove("quantization_config");
        config.Remove("auto_map");
        string word = DataTypeWords.Word(type);
        config["torch_dtype"] = word;
        if (config.ContainsKey("dtype"))
        {
            config["dtype"] = word;
        }

        FillIn(config, dense);
        dense.Settings.Write(config);
        config["architectures"] = new JsonArray("MixtralForCausalLM");
        config["model_type"] = ModelType(recipe, dense);
        config["num_local_experts"] = experts.Count;
        config["num_experts_per_tok"] = recipe.Chosen;
        config["num_dense_layers"] = recipe.DenseLayers;
        config["output_router_logits"] = false;
        config["router_aux_loss_coef"] = AuxiliaryLossCoefficient;
        config["mixture_level"] = MixtureWords.Word(MixtureWords.Levels, recipe.Level);
        config["dense_model_type"] = dense.Type;
        if (recipe.Level == MixtureLevel.FeedForward)
        {
            config["sentence_routing"] = recipe.Decides == RouterInput.Sample;
        }
        else
        {
            config["use_cache"] = false;
        }

        if (recipe.Decides == RouterInput.Sample)
        {
            config["sequence_pooler"] = MixtureWords.Word(MixtureWords.Poolers, recipe.Pooling);
        }

        SetRouter(config, recipe.Router, recipe.RouterHiddenSize);
        SetOverrides(config, recipe, dense, experts);
        return config;
    }

    /// <summary>Returns whether a mixture could be a plain Mixtral but for what its attention does with positions.</summary>
    public static bool IsMixtralButForPositions(MixtureRecipe recipe, MixtureModel dense) => HasLayersOfMixtral(recipe, dense) && IsBeyondMixtral(dense.Settings);

    /// <summary>Says which routers there are.</summary>
    public static void SetRouter(JsonObject config, RouterKind kind, int hiddenSize)
    {
        config["router_type"] = RecipeWords.Word(kind);
        if (kind == RouterKind.Mlp)
        {
            config["router_hidden_size"] = hiddenSize;
            config["router_activation"] = "silu";
        }
    }

    private static void FillIn(JsonObject config, MixtureModel dense)
    {
        bool isQwen = dense.Type is "qwen2" or "qwen3";
        (string Key, JsonNode? Value)[] defaults =
        [
            ("num_key_value_heads", config["num_attention_heads"]?.DeepClone()),
            ("hidden_act", "silu"),
            ("tie_word_embeddings", false),
            ("max_position_embeddings", dense.Type is "llama" ? LlamaContextLength : isQwen ? QwenContextLength : MistralContextLength),
        ];
        foreach ((string key, JsonNode? value) in defaults.Where(item => config[item.Key] is null))
        {
            config[key] = value;
        }

        foreach (string key in (string[])["bos_token_id", "eos_token_id"])
        {
            if (isQwen && !config.ContainsKey(key))
            {
                config[key] = null;
            }
        }
    }

    // Only what a plain Mixtral computes alike has its name.
    private static string ModelType(MixtureRecipe recipe, MixtureModel dense)
    {
        if (recipe.Level != MixtureLevel.FeedForward)
        {
            return "mixtral_block_level";
        }

        return HasLayersOfMixtral(recipe, dense) && !IsBeyondMixtral(dense.Settings) ? "mixtral" : "mixtral_hybrid";
    }

    // Versions of transformers whose Mixtral has no scaled rotation pass over the key, and compute something else in silence; none knows layers without the window of others.
    private static bool IsBeyondMixtral(LayerSettings settings) => settings is not { RotaryScaling: null, WindowLayers: null or LayerSettings.AllLayers };

    private static bool HasLayersOfMixtral(MixtureRecipe recipe, MixtureModel dense) =>
        recipe is { Level: MixtureLevel.FeedForward, DenseLayers: 0, Router: RouterKind.Linear, Decides: RouterInput.Token }
        && Enumerable.Range(0, dense.LayerCount).All(layer => dense.Layer(layer).Keys.All(IsOfMixtral));

    private static bool IsOfMixtral(string suffix) => MixtureNames.MixtralName(suffix) is not null
        || suffix is ".input_layernorm.weight" or ".post_attention_layernorm.weight"
            or ".self_attn.q_proj.weight" or ".self_attn.k_proj.weight" or ".self_attn.v_proj.weight" or ".self_attn.o_proj.weight";

    private static void SetOverrides(JsonObject config, MixtureRecipe recipe, MixtureModel dense, IReadOnlyList<MixtureModel> experts)
    {
        JsonObject[] overrides = recipe.Level == MixtureLevel.FeedForward ? [] : [.. experts.Select(expert => expert.Settings.DifferencesFrom(dense.Settings))];
        if (overrides.Any(settings => settings.Count > 0))
        {
            config["expert_overrides"] = new JsonArray([.. overrides]);
        }
    }
}
