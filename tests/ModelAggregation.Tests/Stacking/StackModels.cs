using System.Text.Json.Nodes;
using ModelAggregation.Stacking;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Tests.Stacking;

/// <summary>Small models to stack: of two columns, so many rows and layers, all numbers told apart.</summary>
internal static class StackModels
{
    public static TestModel Create(int layers, int rows, float first, DataType type = DataType.F32)
    {
        TestModel model = new TestModel { Config = Config(layers, rows) }
            .Add("model.embed_tokens.weight", type, [rows, 2], Numbers(2 * rows, first))
            .Add("model.norm.weight", type, [2], Numbers(2, first + 50))
            .Add("lm_head.weight", type, [rows, 2], Numbers(2 * rows, first + 100));
        for (int layer = 0; layer < layers; layer++)
        {
            model.Add($"model.layers.{layer}.mlp.up_proj.weight", type, [3, 2], Numbers(6, first + 200 + (10 * layer)));
            model.Add($"model.layers.{layer}.input_layernorm.weight", type, [2], Numbers(2, first + 300 + (10 * layer)));
        }

        return model;
    }

    public static JsonObject Config(int layers, int rows) => new()
    {
        ["architectures"] = new JsonArray("LlamaForCausalLM"),
        ["model_type"] = "llama",
        ["hidden_size"] = 2,
        ["num_hidden_layers"] = layers,
        ["num_attention_heads"] = 1,
        ["rope_theta"] = 10000.0,
        ["rms_norm_eps"] = 1e-5,
        ["vocab_size"] = rows,
        ["torch_dtype"] = "float32",
    };

    public static ModelStacker Stacker(params TestModel[] models) => new(Resolver(models));

    public static MemoryModelResolver Resolver(params TestModel[] models) => new(models.Select((model, index) => KeyValuePair.Create(Name(index), (TensorSet)model.ToSet())));

    public static StackingRecipe Recipe(StackMethod method, params TestModel[] models) => new() { Models = [.. models.Select((_, index) => Name(index))], Method = method };

    public static float[] Numbers(int count, float first) => [.. Enumerable.Range(0, count).Select(index => first + index)];

    private static string Name(int index) => $"{(char)('a' + index)}";
}
