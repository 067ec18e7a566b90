using System.Text.Json.Nodes;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Conformance;

/// <summary>A model of headers alone: reading a tensor fails the test, because planning must not.</summary>
internal static class HeaderModel
{
    private const long Vocabulary = 32;
    private const long Width = 8;

    public static TensorSet Llama(int layers, bool hasHead)
    {
        MemoryTensorSet model = new(new ModelConfig(new JsonObject
        {
            ["architectures"] = new JsonArray("LlamaForCausalLM"),
            ["hidden_size"] = Width,
            ["num_hidden_layers"] = layers,
            ["vocab_size"] = Vocabulary,
            ["tie_word_embeddings"] = !hasHead,
        }));
        Add(model, "model.embed_tokens.weight", Vocabulary, Width);
        for (int layer = 0; layer < layers; layer++)
        {
            string prefix = $"model.layers.{layer}.";
            Add(model, $"{prefix}input_layernorm.weight", Width);
            Add(model, $"{prefix}post_attention_layernorm.weight", Width);
            foreach (string name in (string[])["q_proj", "k_proj", "v_proj", "o_proj"])
            {
                Add(model, $"{prefix}self_attn.{name}.weight", Width, Width);
            }

            Add(model, $"{prefix}mlp.up_proj.weight", 2 * Width, Width);
            Add(model, $"{prefix}mlp.gate_proj.weight", 2 * Width, Width);
            Add(model, $"{prefix}mlp.down_proj.weight", Width, 2 * Width);
        }

        Add(model, "model.norm.weight", Width);
        if (hasHead)
        {
            Add(model, "lm_head.weight", Vocabulary, Width);
        }

        return model;
    }

    private static void Add(MemoryTensorSet model, string name, params ReadOnlySpan<long> shape) => model.Add(name, new HeaderSource(new TensorShape(shape)));

    private sealed class HeaderSource(TensorShape shape) : TensorSource(DataType.BF16, shape)
    {
        public override void Read(long start, Span<byte> destination) => throw new AssertionException("A tensor was read.");
    }
}
