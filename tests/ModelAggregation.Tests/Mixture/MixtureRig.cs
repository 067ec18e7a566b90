using System.Text.Json.Nodes;
using ModelAggregation.Mixture;
using ModelAggregation.Mixture.Routers;
using ModelAggregation.Tests.Merging;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Tests.Mixture;

/// <summary>Models and routers to mix.</summary>
internal static class MixtureRig
{
    public const int Layers = 3;
    public const int Width = 8;
    public const int Inner = 12;
    private const int Vocabulary = 16;
    private const int KeyWidth = 4;

    /// <summary>Writes the configuration of a model.</summary>
    public static JsonObject Config(string type = "llama", int layers = Layers, int width = Width, int inner = Inner, int vocabulary = Vocabulary, int heads = 4, int keyHeads = 2) => new()
    {
        ["architectures"] = new JsonArray("LlamaForCausalLM"),
        ["model_type"] = type,
        ["vocab_size"] = vocabulary,
        ["hidden_size"] = width,
        ["intermediate_size"] = inner,
        ["num_hidden_layers"] = layers,
        ["num_attention_heads"] = heads,
        ["num_key_value_heads"] = keyHeads,
        ["rms_norm_eps"] = 1e-5,
        ["rope_theta"] = 10000.0,
        ["torch_dtype"] = "bfloat16",
        ["custom_key"] = "kept",
    };

    /// <summary>Lists the tensors of a model of Llama's kind.</summary>
    public static IEnumerable<(string Name, long[] Shape)> Tensors(
        int layers = Layers, long width = Width, long inner = Inner, long vocabulary = Vocabulary, long keyWidth = KeyWidth, bool hasHead = true)
    {
        yield return ("model.embed_tokens.weight", [vocabulary, width]);
        for (int layer = 0; layer < layers; layer++)
        {
            string prefix = $"model.layers.{layer}.";
            yield return ($"{prefix}input_layernorm.weight", [width]);
            yield return ($"{prefix}self_attn.q_proj.weight", [width, width]);
            yield return ($"{prefix}self_attn.k_proj.weight", [keyWidth, width]);
            yield return ($"{prefix}self_attn.v_proj.weight", [keyWidth, width]);
            yield return ($"{prefix}self_attn.o_proj.weight", [width, width]);
            yield return ($"{prefix}post_attention_layernorm.weight", [width]);
            yield return ($"{prefix}mlp.gate_proj.weight", [inner, width]);
            yield return ($"{prefix}mlp.up_proj.weight", [inner, width]);
            yield return ($"{prefix}mlp.down_proj.weight", [width, inner]);
        }

        yield return ("model.norm.weight", [width]);
        if (hasHead)
        {
            yield return ("lm_head.weight", [vocabulary, width]);
        }
    }

    /// <summary>Makes a model of headers alone: reading a tensor fails the test.</summary>
    public static FakeModel Headers(JsonObject? config = null, IEnumerable<(string Name, long[] Shape)>? tensors = null, DataType type = DataType.BF16)
    {
        FakeModel model = new() { Document = config ?? Config() };
        foreach ((string name, long[] shape) in tensors ?? Tensors())
        {
            model.Add(name, type, shape);
        }

        return model;
    }

    /// <summary>Makes a model of random weights.</summary>
    public static TestModel Random(int seed, DataType type = DataType.BF16, JsonObject? config = null, IEnumerable<(string Name, long[] Shape)>? tensors = null)
    {
        Random random = new(seed);
        TestModel model = new() { Config = config ?? Config() };
        foreach ((string name, long[] shape) in tensors ?? Tensors())
        {
            long count = shape.Aggregate(1L, (product, size) => product * size);
            model.Add(name, type, shape, [.. Enumerable.Range(0, (int)count).Select(_ => random.NextSingle() - 0.5f)]);
        }

        return model;
    }

    /// <summary>Makes a recipe of experts "expert0", "expert1"… around "dense", whose routers need no prompts.</summary>
    public static MixtureRecipe Recipe(MixtureLevel level, int experts = 2, int denseLayers = 0) => new()
    {
        Level = level,
        DenseModel = "dense",
        Experts = [.. Enumerable.Range(0, experts).Select(expert => new MixtureExpert($"expert{expert}"))],
        DenseLayers = denseLayers,
        GateMode = GateMode.Random,
    };

    /// <summary>Makes a builder that finds "dense" and the experts.</summary>
    public static MixtureBuilder Builder(TensorSet dense, params TensorSet[] experts) => new(new MemoryModelResolver(
    [
        KeyValuePair.Create("dense", dense),
        .. experts.Select((expert, index) => KeyValuePair.Create($"expert{index}", expert)),
    ]));

    /// <summary>Makes a builder of headers alone, the same for all.</summary>
    public static MixtureBuilder Builder(int experts, Func<FakeModel> model) => Builder(model(), [.. Enumerable.Range(0, experts).Select(_ => model())]);

    /// <summary>Makes the routers that a plan asks for.</summary>
    public static Router[] Routers(MixturePlan plan, int seed = 7, int inner = 5)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, plan.RouterCount).Select(_ => plan.Recipe.Router == RouterKind.Linear
            ? (Router)new LinearRouter(plan.ExpertCount, plan.HiddenSize, Values(plan.ExpertCount * plan.HiddenSize))
            : new MlpRouter(plan.ExpertCount, plan.HiddenSize, inner, Values(inner * plan.HiddenSize), Values(inner), Values(plan.ExpertCount * inner), Values(plan.ExpertCount)))];

        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
    }
}
