using System.Text.Json.Nodes;
using ModelTensors;
using ModelTensors.Safetensors;

namespace ModelAggregation.Benchmarks;

/// <summary>A checkpoint with the names and shapes of Llama 3 70B, in shards of 5 GB that are holes but for their headers.</summary>
internal static class SparseLlama
{
    private const long Width = 8192;
    private const long Inner = 28672;
    private const long KeyWidth = 1024;
    private const long Vocabulary = 128_256;
    private const long ShardSize = 5_000_000_000;

    /// <summary>Writes a checkpoint and returns its folder.</summary>
    public static string Write(string folder, int layers)
    {
        Directory.CreateDirectory(folder);
        List<List<TensorInfo>> shards = [[]];
        long length = 0;
        foreach (TensorInfo tensor in Tensors(layers))
        {
            if (length > 0 && length + tensor.ByteLength > ShardSize)
            {
                shards.Add([]);
                length = 0;
            }

            shards[^1].Add(tensor);
            length += tensor.ByteLength;
        }

        JsonObject map = [];
        for (int shard = 0; shard < shards.Count; shard++)
        {
            string name = $"model-{shard + 1:D5}-of-{shards.Count:D5}.safetensors";
            using SafetensorsFileWriter writer = SafetensorsFileWriter.Create(Path.Combine(folder, name), SafetensorsHeader.Create(shards[shard]));
            foreach (TensorInfo tensor in shards[shard])
            {
                map[tensor.Name] = name;
            }
        }

        File.WriteAllText(Path.Combine(folder, "model.safetensors.index.json"), new JsonObject { ["metadata"] = new JsonObject(), ["weight_map"] = map }.ToJsonString());
        File.WriteAllText(Path.Combine(folder, "config.json"), new JsonObject
        {
            ["architectures"] = new JsonArray("LlamaForCausalLM"),
            ["model_type"] = "llama",
            ["num_hidden_layers"] = layers,
            ["hidden_size"] = Width,
            ["intermediate_size"] = Inner,
            ["num_attention_heads"] = 64,
            ["num_key_value_heads"] = 8,
            ["vocab_size"] = Vocabulary,
            ["tie_word_embeddings"] = false,
        }.ToJsonString());
        return folder;
    }

    private static IEnumerable<TensorInfo> Tensors(int layers)
    {
        yield return Tensor("model.embed_tokens.weight", Vocabulary, Width);
        for (int layer = 0; layer < layers; layer++)
        {
            string prefix = $"model.layers.{layer}";
            yield return Tensor($"{prefix}.input_layernorm.weight", Width);
            yield return Tensor($"{prefix}.mlp.down_proj.weight", Width, Inner);
            yield return Tensor($"{prefix}.mlp.gate_proj.weight", Inner, Width);
            yield return Tensor($"{prefix}.mlp.up_proj.weight", Inner, Width);
            yield return Tensor($"{prefix}.post_attention_layernorm.weight", Width);
            yield return Tensor($"{prefix}.self_attn.k_proj.weight", KeyWidth, Width);
            yield return Tensor($"{prefix}.self_attn.o_proj.weight", Width, Width);
            yield return Tensor($"{prefix}.self_attn.q_proj.weight", Width, Width);
            yield return Tensor($"{prefix}.self_attn.v_proj.weight", KeyWidth, Width);
        }

        yield return Tensor("model.norm.weight", Width);
        yield return Tensor("lm_head.weight", Vocabulary, Width);
    }

    private static TensorInfo Tensor(string name, params ReadOnlySpan<long> shape) => new(name, DataType.BF16, new TensorShape(shape));
}
