using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Tests.Merging;

/// <summary>A model of headers alone: reading a tensor fails the test, because planning must not.</summary>
internal sealed class FakeModel : TensorSet
{
    private readonly Dictionary<string, TensorSource> _tensors = new(StringComparer.Ordinal);

    public override IReadOnlyCollection<string> Names => _tensors.Keys;

    public override ModelConfig? Config => Document is null ? null : new ModelConfig(Document);

    public override string? Folder => Location;

    public override IReadOnlyList<FileIdentity> Files => Identities;

    public JsonObject? Document { get; set; }

    public string? Location { get; set; }

    public FileIdentity[] Identities { get; set; } = [];

    public bool IsDisposed { get; private set; }

    /// <summary>Makes a model shaped like Llama.</summary>
    public static FakeModel Llama(int layers = 2, bool hasHead = true, long vocabulary = 32, long width = 8, DataType type = DataType.BF16)
    {
        FakeModel model = new()
        {
            Document = new JsonObject
            {
                ["architectures"] = new JsonArray("LlamaForCausalLM"),
                ["hidden_size"] = width,
                ["num_hidden_layers"] = layers,
                ["vocab_size"] = vocabulary,
                ["tie_word_embeddings"] = !hasHead,
                ["torch_dtype"] = "bfloat16",
            },
        };
        model.Add("model.embed_tokens.weight", type, vocabulary, width);
        for (int layer = 0; layer < layers; layer++)
        {
            string prefix = $"model.layers.{layer}.";
            model.Add($"{prefix}input_layernorm.weight", type, width);
            model.Add($"{prefix}post_attention_layernorm.weight", type, width);
            foreach (string name in (string[])["q_proj", "k_proj", "v_proj", "o_proj"])
            {
                model.Add($"{prefix}self_attn.{name}.weight", type, width, width);
            }

            model.Add($"{prefix}mlp.up_proj.weight", type, 2 * width, width);
            model.Add($"{prefix}mlp.gate_proj.weight", type, 2 * width, width);
            model.Add($"{prefix}mlp.down_proj.weight", type, width, 2 * width);
        }

        model.Add("model.norm.weight", type, width);
        return hasHead ? model.Add("lm_head.weight", type, vocabulary, width) : model;
    }

    public FakeModel Add(string name, DataType type, params long[] shape) => Add(name, new HeaderSource(type, new TensorShape(shape)));

    public FakeModel Add(string name, TensorSource source)
    {
        _tensors[name] = source;
        return this;
    }

    public FakeModel Remove(string name)
    {
        Assert.That(_tensors.Remove(name), name);
        return this;
    }

    public override bool TryGet(string name, [NotNullWhen(true)] out TensorSource? source) => _tensors.TryGetValue(name, out source);

    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        base.Dispose(disposing);
    }

    private sealed class HeaderSource(DataType type, TensorShape shape) : TensorSource(type, shape)
    {
        public override void Read(long start, Span<byte> destination) => throw new AssertionException("A tensor was read.");
    }
}
