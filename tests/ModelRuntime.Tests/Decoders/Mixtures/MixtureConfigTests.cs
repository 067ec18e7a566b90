using System.Text.Json.Nodes;
using ModelRuntime.Decoders;
using ModelRuntime.Decoders.Mixtures;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelRuntime.Tests.Decoders.Mixtures;

public sealed class MixtureConfigTests
{
    [TestCase("""{"num_local_experts": 0}""", RuntimeError.ConfigInvalid, "num_local_experts")]
    [TestCase("""{"num_local_experts": -3}""", RuntimeError.ConfigInvalid, "num_local_experts")]
    [TestCase("""{"num_local_experts": 2.5}""", RuntimeError.ConfigInvalid, "num_local_experts")]
    [TestCase("""{"num_local_experts": 1e300}""", RuntimeError.ConfigInvalid, "num_local_experts")]
    [TestCase("""{"num_local_experts": 2000000000}""", RuntimeError.ConfigInvalid, "num_local_experts")]
    [TestCase("""{"num_local_experts": "4"}""", RuntimeError.ConfigInvalid, "num_local_experts")]
    [TestCase("""{"num_experts_per_tok": 0}""", RuntimeError.ConfigInvalid, "num_experts_per_tok")]
    [TestCase("""{"num_experts_per_tok": 5}""", RuntimeError.ConfigInvalid, "num_experts_per_tok")]
    [TestCase("""{"num_dense_layers": -1}""", RuntimeError.ConfigInvalid, "num_dense_layers")]
    [TestCase("""{"num_dense_layers": 5}""", RuntimeError.ConfigInvalid, "num_dense_layers")]
    [TestCase("""{"num_dense_layers": 1.5}""", RuntimeError.ConfigInvalid, "num_dense_layers")]
    [TestCase("""{"mixture_level": "model", "num_dense_layers": 4}""", RuntimeError.ConfigInvalid, "num_dense_layers")]
    [TestCase("""{"mixture_level": "ffn"}""", RuntimeError.ConfigInvalid, "mixture_level")]
    [TestCase("""{"mixture_level": "other"}""", RuntimeError.ConfigInvalid, "mixture_level")]
    [TestCase("""{"model_type": "mixtral", "mixture_level": "block"}""", RuntimeError.ConfigInvalid, "mixture_level")]
    [TestCase("""{"sequence_pooler": "max"}""", RuntimeError.Unsupported, "sequence_pooler")]
    [TestCase("""{"router_type": "tree"}""", RuntimeError.Unsupported, "router_type")]
    [TestCase("""{"router_type": "mlp"}""", RuntimeError.ConfigInvalid, "router_hidden_size")]
    [TestCase("""{"router_type": "mlp", "router_hidden_size": 0}""", RuntimeError.ConfigInvalid, "router_hidden_size")]
    [TestCase("""{"router_type": "mlp", "router_hidden_size": 8, "router_activation": "tanh"}""", RuntimeError.Unsupported, "router_activation")]
    [TestCase("""{"dense_model_type": "gemma"}""", RuntimeError.Unsupported, "dense_model_type")]
    [TestCase("""{"expert_overrides": {}}""", RuntimeError.ConfigInvalid, "expert_overrides")]
    [TestCase("""{"expert_overrides": [{}, {}]}""", RuntimeError.ConfigInvalid, "expert_overrides")]
    [TestCase("""{"expert_overrides": [{}, {}, 3, {}]}""", RuntimeError.ConfigInvalid, "expert_overrides")]
    [TestCase("""{"expert_overrides": [{}, {}, {"vocab_size": 3}, {}]}""", RuntimeError.Unsupported, "vocab_size")]
    [TestCase("""{"expert_overrides": [{}, {}, {"rope_theta": -1}, {}]}""", RuntimeError.ConfigInvalid, "rope_theta")]
    [TestCase("""{"expert_overrides": [{}, {}, {"rms_norm_eps": 7}, {}]}""", RuntimeError.ConfigInvalid, "rms_norm_eps")]
    [TestCase("""{"expert_overrides": [{}, {}, {"sliding_window": 0}, {}]}""", RuntimeError.ConfigInvalid, "sliding_window")]
    [TestCase("""{"expert_overrides": [{}, {}, {"rope_scaling": {"type": "yarn", "factor": 2}}, {}]}""", RuntimeError.Unsupported, "yarn")]
    [TestCase("""{"model_type": "mixtral_hybrid", "mixture_level": "ffn", "expert_overrides": [{}, {}, {"rope_theta": 3}, {}]}""", RuntimeError.ConfigInvalid, "expert_overrides")]
    [TestCase("""{"model_type": "mixtral_hybrid", "mixture_level": "ffn", "mlp_bias": true}""", RuntimeError.Unsupported, "mlp_bias")]
    public void Read_ImpossibleKey_IsRefusedByName(string change, RuntimeError error, string name)
    {
        RuntimeException thrown = Assert.Throws<RuntimeException>(() => DecoderConfig.Read(Changed(change), "config.json"))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(thrown.Error, Is.EqualTo(error));
            Assert.That(thrown.Message, Does.Contain(name));
            Assert.That(thrown.File, Is.EqualTo("config.json"));
        }
    }

    [Test]
    public void Read_PlainMixtral_TakesItsDefaults()
    {
        DecoderConfig config = DecoderConfig.Read(new ModelConfig(JsonNode.Parse(
            """{"model_type": "mixtral", "vocab_size": 32, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 8}""")!.AsObject()));
        using (Assert.EnterMultipleScope())
        {
            Assert.That((config.RotaryBase, config.NormEpsilon, config.KeyValueHeadCount, config.SlidingWindow, config.ContextLength), Is.EqualTo((1e6, 1e-5, 8, (int?)null, 131_072)));
            Assert.That(config.Mixture, Is.EqualTo(new MixtureConfig { ExpertCount = 8 }));
            Assert.That((config.HasAttentionBias, config.HasHeadNorms), Is.EqualTo((false, false)));
        }
    }

    [Test]
    public void Read_NewerMixtral_HasItsRotaryBaseInOnePlace()
    {
        DecoderConfig config = DecoderConfig.Read(Changed("""{"model_type": "mixtral", "mixture_level": null, "rope_theta": null, "rope_scaling": null, "rope_parameters": {"rope_type": "default", "rope_theta": 777.0}}"""));
        Assert.That((config.RotaryBase, config.RotaryScaling), Is.EqualTo((777.0, (RotaryScaling?)null)));
    }

    [Test]
    public void Read_Overrides_TakeTheOtherValuesFromAll()
    {
        IReadOnlyList<ExpertSettings> experts = DecoderConfig.Read(Changed("""
            {"rope_scaling": null, "rope_theta": null, "rope_parameters": {"rope_type": "linear", "factor": 4, "rope_theta": 5000.0}, "rms_norm_eps": 1e-5,
             "expert_overrides": [{}, {"rope_theta": 300}, {"rope_scaling": null, "rms_norm_eps": 0.001}, {"rope_scaling": {"rope_type": "linear", "factor": 2}, "sliding_window": 16}]}
            """)).Mixture!.Experts;
        Assert.That(experts, Is.EqualTo((ExpertSettings[])
        [
            new() { RotaryBase = 5000, RotaryScaling = new LinearRotaryScaling(4), NormEpsilon = 1e-5 },
            new() { RotaryBase = 300, RotaryScaling = new LinearRotaryScaling(4), NormEpsilon = 1e-5 },
            new() { RotaryBase = 5000, NormEpsilon = 0.001 },
            new() { RotaryBase = 5000, RotaryScaling = new LinearRotaryScaling(2), NormEpsilon = 1e-5, SlidingWindow = 16 },
        ]));
    }

    [TestCase("ffn")]
    [TestCase("block")]
    [TestCase("model")]
    public void Load_WithoutLevel_FindsItInTheTensors(string level)
    {
        using MemoryTensorSet set = new TinyMixture(level).Build();
        JsonObject document = set.Config!.ToDocument();
        document.Remove("mixture_level");
        using DecoderModel model = DecoderModel.Load(Other(set, document));
        using DecoderModel told = DecoderModel.Load(set);
        Assert.That(model.Config.Mixture, Is.EqualTo(told.Config.Mixture));
    }

    [TestCase(ExpertLevel.FeedForward, false, null)]
    [TestCase(ExpertLevel.FeedForward, true, 5)]
    [TestCase(ExpertLevel.Block, true, null)]
    [TestCase(ExpertLevel.Model, true, 5)]
    public void ToModelConfig_ReadAgain_IsTheSame(ExpertLevel level, bool routesSequences, int? routerHidden)
    {
        DecoderConfig config = TinyMixture.Qwen with
        {
            Mixture = new MixtureConfig { Level = level, ExpertCount = 4, ChosenCount = 1, DenseLayerCount = 1, RoutesSequences = level == ExpertLevel.FeedForward && routesSequences, Pooling = PromptPooling.Last, RouterHiddenSize = routerHidden },
        };
        if (!routesSequences)
        {
            config = config with { Mixture = config.Mixture with { Pooling = PromptPooling.Mean } };
        }

        DecoderConfig again = DecoderConfig.Read(config.ToModelConfig());
        Assert.That(again with { EndTokens = config.EndTokens }, Is.EqualTo(config));
    }

    [TestCase(true, "mixtral")]
    [TestCase(false, "mixtral_hybrid")]
    public void ToModelConfig_FeedForwardLevel_IsPlainMixtralWhereItCanBe(bool isPlain, string type)
    {
        DecoderConfig config = (isPlain ? TinyMixture.Llama : TinyMixture.Qwen) with { Mixture = new MixtureConfig { ExpertCount = 4 } };
        JsonObject document = config.ToModelConfig().ToDocument();
        Assert.That(((string?)document["model_type"], (string?)document["architectures"]![0]), Is.EqualTo((type, "MixtralForCausalLM")));
    }

    [Test]
    public void ToModelConfig_ScaledRotation_IsNotPlainMixtral()
    {
        DecoderConfig config = TinyMixture.Llama with { Mixture = new MixtureConfig { ExpertCount = 4 }, RotaryScaling = new LinearRotaryScaling(2) };
        DecoderConfig windowed = TinyMixture.Llama with { Architecture = DecoderArchitecture.Mistral, Mixture = new MixtureConfig { ExpertCount = 4 }, SlidingWindow = 4, FirstWindowLayer = 1 };

        using (Assert.EnterMultipleScope())
        {
            Assert.That((string?)config.ToModelConfig().ToDocument()["model_type"], Is.EqualTo("mixtral_hybrid"));
            Assert.That((string?)windowed.ToModelConfig().ToDocument()["model_type"], Is.EqualTo("mixtral_hybrid"));
            Assert.That((string?)(windowed with { FirstWindowLayer = 0 }).ToModelConfig().ToDocument()["model_type"], Is.EqualTo("mixtral"));
        }
    }

    [Test]
    public void Read_SettingsOfExperts_ComeBack()
    {
        ExpertSettings[] experts = [new() { RotaryBase = 3, NormEpsilon = 0.5 }, new() { RotaryBase = 4, NormEpsilon = 0.25, SlidingWindow = 7, RotaryScaling = new LinearRotaryScaling(2) }];
        DecoderConfig config = TinyMixture.Llama with { Mixture = new MixtureConfig { Level = ExpertLevel.Block, ExpertCount = 2, Experts = experts } };
        Assert.That(DecoderConfig.Read(config.ToModelConfig()).Mixture!.Experts, Is.EqualTo(experts));
    }

    private static MemoryTensorSet Other(MemoryTensorSet set, JsonObject document)
    {
        MemoryTensorSet other = new(new ModelConfig(document));
        foreach (string name in set.Names)
        {
            set.TryGet(name, out TensorSource? source);
            other.Add(name, source!);
        }

        return other;
    }

    private static ModelConfig Changed(string change)
    {
        JsonObject document = (TinyMixture.Llama with { Mixture = new MixtureConfig { Level = ExpertLevel.Block, ExpertCount = 4 } }).ToModelConfig().ToDocument();
        foreach ((string key, JsonNode? value) in JsonNode.Parse(change)!.AsObject())
        {
            document[key] = value?.DeepClone();
        }

        return new ModelConfig(document);
    }
}
