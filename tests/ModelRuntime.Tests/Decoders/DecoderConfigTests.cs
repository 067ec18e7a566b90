using System.Text.Json.Nodes;
using ModelRuntime.Decoders;
using ModelRuntime.Tests.Testing;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelRuntime.Tests.Decoders;

public sealed class DecoderConfigTests
{
    [TestCase("""{"model_type": "gemma"}""", RuntimeError.Unsupported, "gemma")]
    [TestCase("""{"model_type": null}""", RuntimeError.ConfigInvalid, "model_type")]
    [TestCase("""{"hidden_act": "gelu"}""", RuntimeError.Unsupported, "gelu")]
    [TestCase("""{"quantization_config": {"quant_method": "gptq"}}""", RuntimeError.Unsupported, "quantization_config")]
    [TestCase("""{"num_local_experts": 8}""", RuntimeError.Unsupported, "num_local_experts")]
    [TestCase("""{"partial_rotary_factor": 0.5}""", RuntimeError.Unsupported, "partial_rotary_factor")]
    [TestCase("""{"rope_scaling": {"rope_type": "yarn", "factor": 2}}""", RuntimeError.Unsupported, "yarn")]
    [TestCase("""{"rope_scaling": {"type": "dynamic", "factor": 2}}""", RuntimeError.Unsupported, "dynamic")]
    [TestCase("""{"rope_scaling": {"rope_type": "linear"}}""", RuntimeError.ConfigInvalid, "factor")]
    [TestCase("""{"rope_scaling": {"rope_type": "linear", "factor": -1}}""", RuntimeError.ConfigInvalid, "rope_scaling")]
    [TestCase("""{"rope_scaling": "linear"}""", RuntimeError.ConfigInvalid, "rope_scaling")]
    [TestCase("""{"rope_theta": 0}""", RuntimeError.ConfigInvalid, "rope_theta")]
    [TestCase("""{"hidden_size": 0}""", RuntimeError.ConfigInvalid, "hidden_size")]
    [TestCase("""{"hidden_size": 1e300}""", RuntimeError.ConfigInvalid, "hidden_size")]
    [TestCase("""{"hidden_size": "96"}""", RuntimeError.ConfigInvalid, "hidden_size")]
    [TestCase("""{"hidden_size": 97}""", RuntimeError.ConfigInvalid, "num_attention_heads")]
    [TestCase("""{"num_key_value_heads": 3}""", RuntimeError.ConfigInvalid, "num_key_value_heads")]
    [TestCase("""{"head_dim": 7}""", RuntimeError.ConfigInvalid, "width of a head")]
    [TestCase("""{"num_hidden_layers": 100000}""", RuntimeError.ConfigInvalid, "num_hidden_layers")]
    [TestCase("""{"tie_word_embeddings": "yes"}""", RuntimeError.ConfigInvalid, "tie_word_embeddings")]
    [TestCase("""{"rms_norm_eps": -1}""", RuntimeError.ConfigInvalid, "rms_norm_eps")]
    [TestCase("""{"eos_token_id": 2.5}""", RuntimeError.ConfigInvalid, "eos_token_id")]
    [TestCase("""{"eos_token_id": "</s>"}""", RuntimeError.ConfigInvalid, "eos_token_id")]
    [TestCase("""{"hidden_act": 3}""", RuntimeError.ConfigInvalid, "hidden_act")]
    [TestCase("""{"max_position_embeddings": 0}""", RuntimeError.ConfigInvalid, "max_position_embeddings")]
    [TestCase("""{"initializer_range": -1}""", RuntimeError.ConfigInvalid, "initializer_range")]
    [TestCase("""{"rope_scaling": {"type": 3, "factor": 2}}""", RuntimeError.ConfigInvalid, "'type'")]
    [TestCase("""{"rope_parameters": {"rope_type": "default", "partial_rotary_factor": 0.5}}""", RuntimeError.Unsupported, "partial_rotary_factor")]
    [TestCase("""{"rope_scaling": {"type": "linear", "factor": 2, "beta_fast": 32}}""", RuntimeError.Unsupported, "beta_fast")]
    [TestCase("""{"model_type": "mistral", "sliding_window": 8, "layer_types": ["full_attention"]}""", RuntimeError.ConfigInvalid, "layer_types")]
    [TestCase("""{"model_type": "qwen2", "use_sliding_window": true, "sliding_window": 8, "layer_types": ["sliding_attention", "full_attention", "sliding_attention"]}""", RuntimeError.Unsupported, "layer_types")]
    public void Read_ChangedKey_IsRefusedByName(string change, RuntimeError error, string name)
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
    public void Read_EndTokensInList_KeepsAll() =>
        Assert.That(DecoderConfig.Read(Changed("""{"eos_token_id": [2, 7]}""")).EndTokens, Is.EqualTo((int[])[2, 7]));

    [Test]
    public void Read_NegativeTokens_AreNone()
    {
        DecoderConfig config = DecoderConfig.Read(Changed("""{"pad_token_id": -1, "eos_token_id": [-1, 4]}"""));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(config.PadToken, Is.Null);
            Assert.That(config.EndTokens, Is.EqualTo((int[])[4]));
        }
    }

    [TestCase("""{"model_type": "mistral"}""", 4096, 0)]
    [TestCase("""{"model_type": "mistral", "sliding_window": null}""", null, 0)]
    [TestCase("""{"model_type": "qwen2"}""", null, 0)]
    [TestCase("""{"model_type": "qwen2", "use_sliding_window": true}""", 4096, 28)]
    [TestCase("""{"model_type": "qwen2", "use_sliding_window": true, "sliding_window": 8, "max_window_layers": 1}""", 8, 1)]
    [TestCase("""{"model_type": "qwen3", "use_sliding_window": true, "sliding_window": 8, "layer_types": ["full_attention", "full_attention", "sliding_attention"]}""", 8, 2)]
    public void Read_WindowKeys_TakeTheDefaultsOfTransformers(string change, int? window, int firstLayer)
    {
        DecoderConfig config = DecoderConfig.Read(Changed(change));
        Assert.That((config.SlidingWindow, config.FirstWindowLayer), Is.EqualTo((window, firstLayer)));
    }

    [Test]
    public void Create_ShapeThatNoFileSays_NamesTheProperty()
    {
        DecoderConfig config = DecoderConfig.Read(Changed("{}"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => DecoderModel.Create(config with { SlidingWindow = 3 }, 1), Throws.ArgumentException.With.Message.Contains("SlidingWindow"));
            Assert.That(() => DecoderModel.Create(config with { HasOutputBias = true }, 1), Throws.ArgumentException.With.Message.Contains("HasOutputBias"));
            Assert.That(() => DecoderModel.Create(config with { Architecture = DecoderArchitecture.Qwen3 }, 1), Throws.ArgumentException.With.Message.Contains("HasHeadNorms"));
            Assert.That(() => DecoderModel.Create(config with { Architecture = DecoderArchitecture.Qwen2 }, 1), Throws.ArgumentException.With.Message.Contains("HasAttentionBias"));
        }
    }

    [Test]
    public void ToTensorSet_StoredAndTrained_SaysItsTypes()
    {
        using DecoderModel model = DecoderModel.Load(Goldens.Zoo("a-base"));
        MemoryTensorSet stored = model.ToTensorSet();
        DataType[] types = [.. stored.Names.Select(name => stored.TryGet(name, out TensorSource? source) ? source.DataType : DataType.F64).Distinct()];
        model.TrainAll();
        MemoryTensorSet trained = model.ToTensorSet();
        trained.TryGet("model.norm.weight", out TensorSource? norm);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(types, Is.EqualTo((DataType[])[DataType.BF16]));
            Assert.That((string?)stored.Config!.ToDocument()["torch_dtype"], Is.EqualTo("bfloat16"));
            Assert.That(norm!.DataType, Is.EqualTo(DataType.F32));
            Assert.That((string?)trained.Config!.ToDocument()["torch_dtype"], Is.EqualTo("float32"));
        }
    }

    [Test]
    public void Read_RopeParameters_AreTheNewSpelling()
    {
        DecoderConfig config = DecoderConfig.Read(Changed("""{"rope_theta": null, "rope_scaling": null, "rope_parameters": {"rope_type": "linear", "rope_theta": 5000.0, "factor": 3}}"""));
        Assert.That((config.RotaryBase, config.RotaryScaling), Is.EqualTo((5000.0, (RotaryScaling)new LinearRotaryScaling(3))));
    }

    [TestCase("qwen2")]
    [TestCase("llama3")]
    [TestCase("llama2")]
    [TestCase("mistral")]
    [TestCase("qwen3")]
    public void ToModelConfig_ReadAgain_IsTheSame(string name)
    {
        using Checkpoint checkpoint = Checkpoint.Open(Goldens.Variant(name));
        DecoderConfig config = DecoderConfig.Read(checkpoint.Config!);
        DecoderConfig again = DecoderConfig.Read(config.ToModelConfig());
        Assert.That(again with { EndTokens = config.EndTokens }, Is.EqualTo(config));
    }

    [Test]
    public void Load_TensorMissing_IsNamed()
    {
        using Checkpoint checkpoint = Checkpoint.Open(Goldens.Variant("llama2"));
        MemoryTensorSet part = Without(checkpoint, "model.layers.1.mlp.up_proj.weight");
        RuntimeException thrown = Assert.Throws<RuntimeException>(() => DecoderModel.Load(part))!;
        Assert.That((thrown.Error, thrown.TensorName), Is.EqualTo((RuntimeError.TensorInvalid, "model.layers.1.mlp.up_proj.weight")));
    }

    [Test]
    public void Load_TensorOfAnotherShape_IsNamedWithBothShapes()
    {
        using Checkpoint checkpoint = Checkpoint.Open(Goldens.Variant("llama2"));
        MemoryTensorSet part = Without(checkpoint, "model.norm.weight");
        using HostTensor other = new(DataType.F32, new TensorShape(65));
        part.Add("model.norm.weight", other);
        RuntimeException thrown = Assert.Throws<RuntimeException>(() => DecoderModel.Load(part))!;
        Assert.That(thrown.Message, Does.Contain("[65]").And.Contain("[64]"));
    }

    [Test]
    public void Load_TensorTooMany_IsNamed()
    {
        using Checkpoint checkpoint = Checkpoint.Open(Goldens.Variant("llama2"));
        MemoryTensorSet all = Without(checkpoint, "none");
        using HostTensor other = new(DataType.F32, new TensorShape(64));
        all.Add("model.layers.0.self_attn.q_proj.bias", other);
        RuntimeException thrown = Assert.Throws<RuntimeException>(() => DecoderModel.Load(all))!;
        Assert.That((thrown.Error, thrown.TensorName), Is.EqualTo((RuntimeError.Unsupported, "model.layers.0.self_attn.q_proj.bias")));
    }

    [Test]
    public void Load_NoConfig_SaysSo() =>
        Assert.That(Assert.Throws<RuntimeException>(() => DecoderModel.Load(new MemoryTensorSet()))!.Error, Is.EqualTo(RuntimeError.ConfigInvalid));

    [Test]
    public void Forward_TokenOutsideVocabulary_IsRefused()
    {
        using DecoderModel model = DecoderModel.Load(Goldens.Variant("llama2"));
        Assert.That(() => model.Forward(TokenBatch.Of((int[])[3, 160])), Throws.ArgumentException.With.Message.Contains("160"));
    }

    private static MemoryTensorSet Without(Checkpoint checkpoint, string left)
    {
        MemoryTensorSet set = new(checkpoint.Config);
        foreach (string name in checkpoint.Names.Where(name => !string.Equals(name, left, StringComparison.Ordinal)))
        {
            checkpoint.TryGet(name, out TensorSource? source);
            set.Add(name, source!);
        }

        return set;
    }

    private static ModelConfig Changed(string change)
    {
        JsonObject document = JsonNode.Parse(File.ReadAllText(Path.Combine(Goldens.Zoo("a-base"), "config.json")))!.AsObject();
        foreach ((string key, JsonNode? value) in JsonNode.Parse(change)!.AsObject())
        {
            document[key] = value?.DeepClone();
        }

        return new ModelConfig(document);
    }
}
