using System.Text.Json.Nodes;
using ModelTensors.Adapters;

namespace ModelTensors.Tests.Adapters;

public sealed class LoraConfigTests
{
    [Test]
    public void Scaling_IsAlphaOverRank_OrOverItsRoot()
    {
        LoraConfig plain = new(AdapterFolder.Config(16, 32));
        LoraConfig stabilized = new(AdapterFolder.Config(16, 32, ("use_rslora", true)));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(plain.ScalingOf("layer"), Is.EqualTo(2));
            Assert.That(stabilized.ScalingOf("layer"), Is.EqualTo(8));
            Assert.That(new LoraConfig(new JsonObject { ["peft_type"] = "LORA" }).ScalingOf("layer"), Is.EqualTo(1));
        }
    }

    [Test]
    public void Patterns_AreTriedInOrder_OnThePathOrAnEndOfIt_RankAndAlphaApart()
    {
        LoraConfig config = new(AdapterFolder.Config(
            8,
            16,
            ("rank_pattern", JsonNode.Parse("""{"layers.0.q_proj": 4, "q_proj": 2, "^model.v_proj": 3, "k_(proj|x)": 5}""")),
            ("alpha_pattern", JsonNode.Parse("""{"q_proj": 4}"""))));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(config.RankOf("model.layers.0.q_proj"), Is.EqualTo(4));
            Assert.That(config.RankOf("model.layers.1.q_proj"), Is.EqualTo(2));
            Assert.That(config.RankOf("q_proj"), Is.EqualTo(2));
            Assert.That(config.RankOf("my_q_proj"), Is.EqualTo(8), "a pattern begins at a dot");
            Assert.That(config.RankOf("model.v_proj"), Is.EqualTo(3));
            Assert.That(config.RankOf("decoder.model.v_proj"), Is.EqualTo(8), "a caret is the beginning of the path");
            Assert.That(config.RankOf("a.k_x"), Is.EqualTo(5));
            Assert.That(config.RankOf("model.q_proj.inner"), Is.EqualTo(8), "a pattern ends with the path");
            Assert.That(config.AlphaOf("model.layers.0.q_proj"), Is.EqualTo(4));
            Assert.That(config.ScalingOf("model.layers.0.q_proj"), Is.EqualTo(1));
            Assert.That(config.AlphaOf("model.v_proj"), Is.EqualTo(16));
        }
    }

    [TestCase("target_parameters", "[\"experts.gate_up_proj\"]")]
    [TestCase("trainable_token_indices", "[1, 2]")]
    [TestCase("layer_replication", "[[0, 4], [2, 5]]")]
    [TestCase("alora_invocation_tokens", "[5]")]
    [TestCase("use_qalora", "true")]
    [TestCase("megatron_config", "{\"a\": 1}")]
    [TestCase("ensure_weight_tying", "true")]
    [TestCase("kasa_config", "{\"beta\": 0.1}")]
    [TestCase("something_new", "0")]
    [TestCase("init_lora_weights", "\"pissa\"")]
    [TestCase("init_lora_weights", "\"pissa_niter_4\"")]
    [TestCase("init_lora_weights", "\"olora\"")]
    [TestCase("init_lora_weights", "\"corda\"")]
    [TestCase("init_lora_weights", "\"loftq\"")]
    [TestCase("init_lora_weights", "7")]
    [TestCase("init_lora_weights", "\"lora_ga\"")]
    [TestCase("init_lora_weights", "\"mica\"")]
    [TestCase("use_bdlora", "{\"a\": 1}")]
    [TestCase("target_r", "8")]
    [TestCase("peft_type", "\"LOHA\"")]
    public void Config_OfWhatIsNoPlainUpdate_IsRefusedByName(string key, string value)
    {
        AdapterProblem problem = AdapterFolder.Refused(() => _ = new LoraConfig(AdapterFolder.Config(1, 2, (key, JsonNode.Parse(value)))));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(problem.Error, Is.EqualTo(AdapterError.UnsupportedConfig));
            Assert.That(problem.Message, Does.Contain($"'{key}'"));
        }
    }

    [TestCase("use_dora", "false")]
    [TestCase("use_dora", "true")]
    [TestCase("megatron_core", "\"megatron.core\"")]
    [TestCase("loftq_config", "{}")]
    [TestCase("runtime_config", "{\"ephemeral_gpu_offload\": false}")]
    [TestCase("target_parameters", "null")]
    [TestCase("init_lora_weights", "\"gaussian\"")]
    [TestCase("init_lora_weights", "false")]
    [TestCase("qalora_group_size", "16")]
    [TestCase("peft_version", "\"0.18.1\"")]
    public void Config_OfWhatChangesNothing_IsRead(string key, string value) =>
        Assert.That(new LoraConfig(AdapterFolder.Config(1, 2, (key, JsonNode.Parse(value)))).ToDocument().ContainsKey(key));

    [TestCase("r", "0")]
    [TestCase("r", "-3")]
    [TestCase("r", "1.5")]
    [TestCase("r", "1e300")]
    [TestCase("r", "99999999999999999999")]
    [TestCase("r", "\"8\"")]
    [TestCase("r", "[8]")]
    [TestCase("lora_alpha", "1e400")]
    [TestCase("lora_alpha", "1e39")]
    [TestCase("lora_alpha", "true")]
    [TestCase("use_rslora", "1")]
    [TestCase("use_dora", "1")]
    [TestCase("fan_in_fan_out", "\"true\"")]
    [TestCase("bias", "\"some\"")]
    [TestCase("bias", "true")]
    [TestCase("modules_to_save", "[1]")]
    [TestCase("modules_to_save", "{\"a\": 1}")]
    [TestCase("rank_pattern", "[]")]
    [TestCase("rank_pattern", "{\"(\": 4}")]
    [TestCase("rank_pattern", "{\"(?=a)b\": 4}")]
    [TestCase("rank_pattern", "{\"a\": null}")]
    [TestCase("rank_pattern", "{\"a\": 0}")]
    [TestCase("alpha_pattern", "{\"a\": \"x\"}")]
    [TestCase("task_type", "5")]
    public void Config_WithAWrongValue_IsRefusedByName(string key, string value)
    {
        AdapterProblem problem = AdapterFolder.Refused(() => _ = new LoraConfig(AdapterFolder.Config(1, 2, (key, JsonNode.Parse(value)))));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(problem.Error, Is.EqualTo(AdapterError.ConfigInvalid));
            Assert.That(problem.Message, Does.Contain(key));
        }
    }

    [Test]
    public void Config_WithSeveralFaults_ReportsAll()
    {
        AdapterException error = Assert.Throws<AdapterException>(
            () => _ = new LoraConfig(AdapterFolder.Config(0, 2, ("use_qalora", true), ("layer_replication", new JsonArray(1)))))!;
        Assert.That(error.Problems.Select(problem => problem.Error), Is.EquivalentTo([AdapterError.ConfigInvalid, AdapterError.UnsupportedConfig, AdapterError.UnsupportedConfig]));
    }

    [Test, CancelAfter(10_000)]
    public void Pattern_ThatWouldBacktrackForever_IsMatchedAtOnce(CancellationToken cancellationToken)
    {
        _ = cancellationToken;
        LoraConfig config = new(AdapterFolder.Config(8, 8, ("rank_pattern", new JsonObject { ["(a+)+b"] = 4 })));
        Assert.That(config.RankOf(new string('a', 5000)), Is.EqualTo(8));
    }

    [FsCheck.NUnit.Property]
    public void Document_OfUnknownInertKeys_SurvivesAsItWas(string key)
    {
        if (string.IsNullOrEmpty(key) || key.Any(char.IsSurrogate))
        {
            return;
        }

        JsonObject document = AdapterFolder.Config(1, 2, ("x_" + key, null));
        Assert.That(JsonNode.DeepEquals(new LoraConfig(document).ToDocument(), document));
    }
}
