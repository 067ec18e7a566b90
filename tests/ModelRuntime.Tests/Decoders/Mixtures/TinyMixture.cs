using System.Text.Json.Nodes;
using ModelRuntime.Decoders;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelRuntime.Tests.Decoders.Mixtures;

/// <summary>A tiny mixture, put together tensor by tensor as the format's description says.</summary>
internal sealed record TinyMixture(string Level)
{
    public static DecoderConfig Llama { get; } = new()
    {
        VocabularySize = 30,
        HiddenSize = 20,
        IntermediateSize = 28,
        LayerCount = 4,
        HeadCount = 4,
        KeyValueHeadCount = 2,
        HeadSize = 6,
        NormEpsilon = 1e-5,
        InitializerRange = 0.25,
        EndTokens = [2],
    };

    public static DecoderConfig Qwen { get; } = Llama with { Architecture = DecoderArchitecture.Qwen3, HasHeadNorms = true };

    public DecoderConfig Dense { get; init; } = Llama;

    public int Experts { get; init; } = 3;

    public int Chosen { get; init; } = 2;

    public int DenseLayers { get; init; } = 1;

    public int? RouterHidden { get; init; }

    public bool RoutesSequences { get; init; }

    public string? Pooler { get; init; }

    public bool AreExpertsAlike { get; init; }

    public bool IsPacked { get; init; }

    public JsonArray? Overrides { get; init; }

    /// <summary>Gets the expert that all routers choose; null for random routers.</summary>
    public int? Forced { get; init; }

    /// <summary>Gets the order of experts and of their rows in the routers.</summary>
    public int[]? Order { get; init; }

    public DecoderConfig[] ExpertConfigs { get; init; } = [];

    public static int[] Tokens(int count, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(3, 30))];
    }

    public static float[] Logits(DecoderModel model, TokenBatch batch, ForwardOptions? options = null)
    {
        using DecoderOutput output = model.Forward(batch, options);
        return output.Logits.ToSingles();
    }

    public DecoderModel LoadDense(int threads = 1) => DecoderModel.Create(Dense, 100, new RuntimeOptions { Threads = threads });

    /// <summary>Loads the model of one expert alone, with embeddings, head and dense layers of the dense model.</summary>
    public DecoderModel LoadAlone(int expert, DecoderConfig config)
    {
        using DecoderModel dense = LoadDense();
        using DecoderModel own = Expert(expert);
        MemoryTensorSet set = new(config.ToModelConfig());
        using MemoryTensorSet from = dense.ToTensorSet();
        using MemoryTensorSet replaced = own.ToTensorSet();
        foreach (string name in from.Names)
        {
            bool isMixed = name.StartsWith("model.layers.", StringComparison.Ordinal) && name[13] - '0' >= DenseLayers && (!string.Equals(Level, "ffn", StringComparison.Ordinal) || name.Contains(".mlp.", StringComparison.Ordinal));
            (isMixed ? replaced : from).TryGet(name, out TensorSource? source);
            set.Add(name, source!);
        }

        return DecoderModel.Load(set, new RuntimeOptions { Threads = 1 });
    }

    public DecoderModel Load(int threads = 1) => DecoderModel.Load(Build(), new RuntimeOptions { Threads = threads });

    public MemoryTensorSet Build()
    {
        using DecoderModel dense = LoadDense();
        DecoderModel[] experts = [.. Enumerable.Range(0, Experts).Select(Expert)];
        MemoryTensorSet set = new(new ModelConfig(Config()));
        using MemoryTensorSet denseSet = dense.ToTensorSet();
        MemoryTensorSet[] expertSets = [.. experts.Select(expert => expert.ToTensorSet())];
        foreach (string name in denseSet.Names)
        {
            string[] parts = name.Split('.', 4);
            int layer = name.StartsWith("model.layers.", StringComparison.Ordinal) ? int.Parse(parts[2], System.Globalization.CultureInfo.InvariantCulture) : -1;
            Add(set, layer, layer < 0 ? name : parts[3], denseSet, expertSets, name);
        }

        for (int layer = DenseLayers; layer < Dense.LayerCount; layer++)
        {
            string? gate = (Level, layer) switch
            {
                ("ffn", _) => IsPacked ? $"model.layers.{layer}.mlp.gate" : $"model.layers.{layer}.block_sparse_moe.gate",
                ("block", _) => $"model.layers.{layer}.gate",
                _ => layer == DenseLayers ? "model.gate" : null,
            };
            if (gate is not null)
            {
                AddGate(set, gate, layer);
            }
        }

        foreach (DecoderModel expert in experts)
        {
            expert.Dispose();
        }

        return set;
    }

    private DecoderModel Expert(int expert)
    {
        int own = Order?[expert] ?? expert;
        return DecoderModel.Create(Dense, AreExpertsAlike ? 100 : (ulong)(101 + own));
    }

    private void Add(MemoryTensorSet set, int layer, string suffix, MemoryTensorSet dense, MemoryTensorSet[] experts, string name)
    {
        string prefix = $"model.layers.{layer}.";
        bool isFeedForward = suffix.StartsWith("mlp.", StringComparison.Ordinal);
        string numbered = suffix switch
        {
            "mlp.gate_proj.weight" => "w1.weight",
            "mlp.down_proj.weight" => "w2.weight",
            _ => "w3.weight",
        };
        if (layer < 0 || (layer < DenseLayers && (Level is not "ffn" || !isFeedForward)) || (Level is "ffn" && !isFeedForward))
        {
            set.Add(name, Copied(dense, name));
        }
        else if (layer < DenseLayers)
        {
            set.Add($"{prefix}mlp.{numbered}", Copied(dense, name));
        }
        else if (Level is not "ffn")
        {
            for (int expert = 0; expert < Experts; expert++)
            {
                set.Add($"{prefix}experts.{expert}.{suffix}", Copied(experts[expert], name));
            }
        }
        else if (!IsPacked)
        {
            for (int expert = 0; expert < Experts; expert++)
            {
                set.Add($"{prefix}block_sparse_moe.experts.{expert}.{numbered}", Copied(experts[expert], name));
            }
        }
        else if (numbered is "w1.weight")
        {
            float[] all = [.. experts.SelectMany(expert => (float[])[.. Values(expert, name), .. Values(expert, name.Replace("gate_proj", "up_proj", StringComparison.Ordinal))])];
            set.Add(prefix + "mlp.experts.gate_up_proj", Tensor(all, Experts, 2 * Dense.IntermediateSize, Dense.HiddenSize));
        }
        else if (numbered is "w2.weight")
        {
            set.Add(prefix + "mlp.experts.down_proj", Tensor([.. experts.SelectMany(expert => Values(expert, name))], Experts, Dense.HiddenSize, Dense.IntermediateSize));
        }
    }

    private void AddGate(MemoryTensorSet set, string path, int layer)
    {
        Random random = new(500 + layer);
        int inner = RouterHidden ?? Dense.HiddenSize;
        float[] rows = Forced is null ? Normal(random, Experts * inner) : new float[Experts * inner];
        float[] last = [.. Enumerable.Range(0, Experts).SelectMany(expert => rows.AsSpan((Order?[expert] ?? expert) * inner, inner).ToArray())];
        if (RouterHidden is null)
        {
            set.Add(path + ".weight", Tensor(last, Experts, inner));
            return;
        }

        float[] bias = Normal(random, Experts);
        bias = [.. Enumerable.Range(0, Experts).Select(expert => Forced == expert ? 100 : bias[Order?[expert] ?? expert])];
        set.Add(path + ".0.weight", Tensor(Normal(random, inner * Dense.HiddenSize), inner, Dense.HiddenSize));
        set.Add(path + ".0.bias", Tensor(Normal(random, inner), inner));
        set.Add(path + ".2.weight", Tensor(last, Experts, inner));
        set.Add(path + ".2.bias", Tensor(bias, Experts));
    }

    private JsonObject Config()
    {
        JsonObject document = Dense.ToModelConfig().ToDocument();
        document["dense_model_type"] = document["model_type"]!.DeepClone();
        document["model_type"] = Level is "ffn" ? "mixtral_hybrid" : "mixtral_block_level";
        document["mixture_level"] = Level;
        document["num_local_experts"] = Experts;
        document["num_experts_per_tok"] = Chosen;
        document["num_dense_layers"] = DenseLayers;
        if (RoutesSequences)
        {
            document["sentence_routing"] = true;
        }

        if (Pooler is not null)
        {
            document["sequence_pooler"] = Pooler;
        }

        if (RouterHidden is { } size)
        {
            document["router_type"] = "mlp";
            document["router_hidden_size"] = size;
            document["router_activation"] = "silu";
        }

        if (Overrides is not null)
        {
            document["expert_overrides"] = Overrides.DeepClone();
        }

        return document;
    }

    private static float[] Normal(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];

    private static float[] Values(MemoryTensorSet set, string name)
    {
        Assert.That(set.TryGet(name, out TensorSource? source), Is.True, name);
        using HostTensor tensor = Floats.Copy(source!);
        return tensor.ToSingles();
    }

    private static HostTensor Copied(MemoryTensorSet set, string name)
    {
        Assert.That(set.TryGet(name, out TensorSource? source), Is.True, name);
        return Floats.Copy(source!);
    }

    private static HostTensor Tensor(float[] values, params long[] shape)
    {
        HostTensor tensor = new(DataType.F32, new TensorShape(shape));
        values.CopyTo(tensor.AsSpan<float>(0, values.Length));
        return tensor;
    }
}
