using System.Text.Json.Nodes;
using ModelTensors.Checkpoints;

namespace ModelRuntime.Decoders.Mixtures;

/// <summary>Reads what the <c>config.json</c> of a mixture says beyond that of a dense model.</summary>
/// <param name="values">The configuration.</param>
/// <param name="dense">What it says of the layers.</param>
/// <param name="hasTensor">Whether the model has a tensor; null where they are not known.</param>
internal sealed class MixtureConfigReader(ConfigValues values, DecoderConfig dense, Func<string, bool>? hasTensor)
{
    public const int LargestExpertCount = 1024;

    // What the configuration of Mixtral takes where a key is absent.
    public const double DefaultRotaryBase = 1e6;
    private const int DefaultExpertCount = 8;
    private const int DefaultChosenCount = 2;

    private static readonly HashSet<string> Overridden = new(StringComparer.Ordinal) { "rope_theta", "rope_scaling", "rms_norm_eps", "sliding_window" };

    public static bool IsMixture(ConfigValues values) => values.Text("model_type") is "mixtral" or "mixtral_hybrid" or "mixtral_block_level";

    public MixtureConfig Read()
    {
        ExpertLevel level = Level();
        int experts = values.Number("num_local_experts") is null ? DefaultExpertCount : values.Size("num_local_experts", LargestExpertCount);
        int chosen = values.Number("num_experts_per_tok") is null ? DefaultChosenCount : values.Size("num_experts_per_tok", LargestExpertCount);
        if (chosen > experts)
        {
            throw values.Invalid($"num_experts_per_tok is {chosen}, more than num_local_experts, {experts}");
        }

        if (level == ExpertLevel.FeedForward && dense.HasFeedForwardBias)
        {
            throw values.Unsupported("its feed-forward blocks are experts and mlp_bias is true: the engine has no names for the biases of such experts");
        }

        return new MixtureConfig
        {
            Level = level,
            ExpertCount = experts,
            ChosenCount = chosen,
            DenseLayerCount = DenseLayers(level),
            RoutesSequences = level == ExpertLevel.FeedForward && values.Flag("sentence_routing"),
            Pooling = Pooling(),
            RouterHiddenSize = RouterHiddenSize(),
            Experts = Experts(level, experts),
        };
    }

    private ExpertLevel Level() => (values.Text("mixture_level"), values.Text("model_type")) switch
    {
        ("ffn", "mixtral" or "mixtral_hybrid") or (null, "mixtral" or "mixtral_hybrid") => ExpertLevel.FeedForward,
        ("block", "mixtral_block_level") => ExpertLevel.Block,
        ("model", "mixtral_block_level") => ExpertLevel.Model,
        (null, _) => hasTensor is not null && (hasTensor(MixtureNames.ModelGate + ".weight") || hasTensor(MixtureNames.ModelGate + ".0.weight")) ? ExpertLevel.Model : ExpertLevel.Block,
        (string level, string type) => throw values.Invalid($"mixture_level is '{level}' where model_type is '{type}': mixtral and mixtral_hybrid are at 'ffn', mixtral_block_level at 'block' or 'model'"),
        _ => throw values.Invalid("it has no model_type"),
    };

    private int DenseLayers(ExpertLevel level)
    {
        double layers = values.Number("num_dense_layers") ?? 0;
        if (!double.IsInteger(layers) || layers < 0 || layers > dense.LayerCount)
        {
            throw values.Invalid($"num_dense_layers is {layers}: a whole number from 0 to num_hidden_layers, {dense.LayerCount}, is meant");
        }

        return level == ExpertLevel.Model && layers == dense.LayerCount
            ? throw values.Invalid($"num_dense_layers is {layers}, all layers: a mixture at model level has its router before the first layer behind the dense ones, and there is none")
            : (int)layers;
    }

    private PromptPooling Pooling() => values.Text("sequence_pooler") switch
    {
        null or "mean" => PromptPooling.Mean,
        "first_token" => PromptPooling.First,
        "last_token" => PromptPooling.Last,
        { } other => throw values.Unsupported($"sequence_pooler is '{other}': the engine has mean, first_token and last_token"),
    };

    private int? RouterHiddenSize()
    {
        switch (values.Text("router_type"))
        {
            case null or "linear":
                return null;
            case "mlp":
                return values.Text("router_activation") is null or "silu"
                    ? values.Size("router_hidden_size")
                    : throw values.Unsupported($"router_activation is '{values.Text("router_activation")}': the engine has silu");
            case { } other:
                throw values.Unsupported($"router_type is '{other}': the engine has linear and mlp");
        }
    }

    private ExpertSettings[] Experts(ExpertLevel level, int count)
    {
        if (values.Document["expert_overrides"] is not { } node)
        {
            return [];
        }

        if (node is not JsonArray overrides || overrides.Count != count || overrides.Any(item => item is not JsonObject))
        {
            throw values.Invalid($"expert_overrides is no list of {count} objects, one for each expert");
        }

        if (overrides.All(item => item!.AsObject().Count == 0))
        {
            return [];
        }

        return level != ExpertLevel.FeedForward
            ? [.. overrides.Select(item => Expert(item!.AsObject()))]
            : throw values.Invalid("expert_overrides has values, and the experts are feed-forward blocks, which have neither positions nor norms");
    }

    private ExpertSettings Expert(JsonObject overrides)
    {
        if (overrides.Select(item => item.Key).FirstOrDefault(key => !Overridden.Contains(key)) is { } unknown)
        {
            throw values.Unsupported($"expert_overrides has '{unknown}', which the engine does not know");
        }

        JsonObject own = values.Document.DeepClone().AsObject();

        // What newer files have in one place would come before what the expert says.
        if (own["rope_parameters"] is JsonObject parameters)
        {
            own["rope_theta"] ??= parameters["rope_theta"]?.DeepClone();
            own["rope_scaling"] = parameters.DeepClone();
            own.Remove("rope_parameters");
        }

        foreach ((string key, JsonNode? value) in overrides)
        {
            own[key] = value?.DeepClone();
        }

        ExpertSettings settings = new DecoderConfigReader(new ModelConfig(own), values.File).ReadSettings(dense);
        return overrides.ContainsKey("sliding_window")
            ? settings with { SlidingWindow = overrides["sliding_window"] is null ? null : new ConfigValues(overrides, values.File).Size("sliding_window") }
            : settings;
    }
}
