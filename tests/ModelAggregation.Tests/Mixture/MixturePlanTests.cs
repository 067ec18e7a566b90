using System.Text.Json.Nodes;
using ModelAggregation.Mixture;
using ModelAggregation.Tests.Merging;
using ModelTensors;

namespace ModelAggregation.Tests.Mixture;

/// <summary>Plans of mixtures against the names and formulas of Model-GLUE; no weight is read.</summary>
public sealed class MixturePlanTests
{
    [TestCase(32, 16, 4, MixtureLevel.FeedForward, 451)]
    [TestCase(32, 16, 4, MixtureLevel.Block, 739)]
    [TestCase(32, 16, 4, MixtureLevel.Model, 724)]
    [TestCase(4, 1, 3, MixtureLevel.FeedForward, 60)]
    [TestCase(4, 1, 3, MixtureLevel.Block, 96)]
    [TestCase(4, 1, 3, MixtureLevel.Model, 94)]
    public void NumberOfTensors_IsModelGluesOwn(int layers, int dense, int experts, MixtureLevel level, int expected)
    {
        using MixturePlan plan = MixtureRig.Builder(experts, () => MixtureRig.Headers(MixtureRig.Config(layers: layers), MixtureRig.Tensors(layers)))
            .Plan(MixtureRig.Recipe(level, experts, dense));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(plan.Tensors, Has.Count.EqualTo(expected));
            Assert.That(plan.Tensors.Select(tensor => tensor.Name), Is.Unique);
            Assert.That(plan.RouterCount, Is.EqualTo(level == MixtureLevel.Model ? 1 : layers - dense));
        }
    }

    [TestCase(MixtureLevel.FeedForward, 0, 19_724_505_088)]
    [TestCase(MixtureLevel.Block, 0, 26_167_742_464)]
    [TestCase(MixtureLevel.Model, 0, 26_167_234_560)]
    [TestCase(MixtureLevel.FeedForward, 16, 13_231_460_352)]
    [TestCase(MixtureLevel.Block, 16, 16_453_079_040)]
    [TestCase(MixtureLevel.Model, 16, 16_452_833_280)]
    public void Llama2WithFourExperts_HasThePublishedParameters(MixtureLevel level, int dense, long expected)
    {
        JsonObject config = MixtureRig.Config(layers: 32, width: 4096, inner: 11008, vocabulary: 32000, heads: 32, keyHeads: 32);
        (string, long[])[] tensors = [.. MixtureRig.Tensors(32, 4096, 11008, 32000, 4096)];
        MixtureBuilder builder = MixtureRig.Builder(4, () => MixtureRig.Headers(config, tensors));
        using MixturePlan plan = builder.Plan(MixtureRig.Recipe(level, 4, dense));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(plan.ParameterCount, Is.EqualTo(expected));
            Assert.That(plan.OutputBytes, Is.EqualTo((2 * expected) + (2L * plan.RouterCount * 4 * 4096)), "routers are in F32");
            Assert.That(MixtureBuilder.EstimateMemory(plan), Is.LessThan(300L << 20));
        }
    }

    [Test]
    public void FeedForwardLevel_HasMixtralsNames()
    {
        using MixturePlan plan = MixtureRig.Builder(2, () => MixtureRig.Headers()).Plan(MixtureRig.Recipe(MixtureLevel.FeedForward, denseLayers: 2));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Names(plan, 1), Is.EquivalentTo((string[])
            [
                "input_layernorm.weight", "mlp.w1.weight", "mlp.w2.weight", "mlp.w3.weight", "post_attention_layernorm.weight",
                "self_attn.k_proj.weight", "self_attn.o_proj.weight", "self_attn.q_proj.weight", "self_attn.v_proj.weight",
            ]));
            Assert.That(Names(plan, 2), Is.EquivalentTo((string[])
            [
                "input_layernorm.weight", "post_attention_layernorm.weight", "self_attn.k_proj.weight", "self_attn.o_proj.weight", "self_attn.q_proj.weight",
                "self_attn.v_proj.weight", "block_sparse_moe.gate.weight",
                "block_sparse_moe.experts.0.w1.weight", "block_sparse_moe.experts.0.w2.weight", "block_sparse_moe.experts.0.w3.weight",
                "block_sparse_moe.experts.1.w1.weight", "block_sparse_moe.experts.1.w2.weight", "block_sparse_moe.experts.1.w3.weight",
            ]));
            Assert.That(Origin(plan, "model.layers.1.mlp.w1.weight"), Is.EqualTo("dense:model.layers.1.mlp.gate_proj.weight"));
            Assert.That(Origin(plan, "model.layers.2.block_sparse_moe.experts.1.w1.weight"), Is.EqualTo("expert1:model.layers.2.mlp.gate_proj.weight"));
            Assert.That(Origin(plan, "model.layers.2.block_sparse_moe.experts.1.w2.weight"), Is.EqualTo("expert1:model.layers.2.mlp.down_proj.weight"));
            Assert.That(Origin(plan, "model.layers.2.block_sparse_moe.experts.0.w3.weight"), Is.EqualTo("expert0:model.layers.2.mlp.up_proj.weight"));
            Assert.That(Origin(plan, "model.layers.2.self_attn.q_proj.weight"), Is.EqualTo("dense:model.layers.2.self_attn.q_proj.weight"));
            Assert.That(Shape(plan, "model.layers.2.block_sparse_moe.gate.weight"), Is.EqualTo(new TensorShape(2, MixtureRig.Width)));
        }
    }

    [Test]
    public void PackedExperts_AreGateRowsThenUpRows()
    {
        using MixturePlan plan = MixtureRig.Builder(2, () => MixtureRig.Headers()).Plan(MixtureRig.Recipe(MixtureLevel.FeedForward) with { Layout = MixtureLayout.Packed });
        MixtureTensor gateUp = plan.Tensors.Single(tensor => tensor.Name is "model.layers.0.mlp.experts.gate_up_proj");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(gateUp.Output.Shape, Is.EqualTo(new TensorShape(2, 2 * MixtureRig.Inner, MixtureRig.Width)));
            Assert.That(gateUp.Inputs.Select(input => $"{input.Expert} {input.TensorName}"), Is.EqualTo((string[])
            [
                "0 model.layers.0.mlp.gate_proj.weight", "0 model.layers.0.mlp.up_proj.weight", "1 model.layers.0.mlp.gate_proj.weight", "1 model.layers.0.mlp.up_proj.weight",
            ]));
            Assert.That(Shape(plan, "model.layers.0.mlp.experts.down_proj"), Is.EqualTo(new TensorShape(2, MixtureRig.Width, MixtureRig.Inner)));
            Assert.That(plan.RouterPaths[0], Is.EqualTo("model.layers.0.mlp.gate"));
        }
    }

    [Test]
    public void BlockAndModelLevel_HaveWholeLayersAsExperts()
    {
        using MixturePlan block = MixtureRig.Builder(2, () => MixtureRig.Headers()).Plan(MixtureRig.Recipe(MixtureLevel.Block, denseLayers: 2));
        using MixturePlan model = MixtureRig.Builder(2, () => MixtureRig.Headers()).Plan(MixtureRig.Recipe(MixtureLevel.Model, denseLayers: 1));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Names(block, 1), Has.Member("mlp.gate_proj.weight").And.Length.EqualTo(9));
            Assert.That(Names(block, 2), Has.Length.EqualTo(19).And.Member("gate.weight").And.Member("experts.1.self_attn.q_proj.weight").And.Member("experts.0.input_layernorm.weight"));
            Assert.That(Origin(block, "model.layers.2.experts.1.mlp.up_proj.weight"), Is.EqualTo("expert1:model.layers.2.mlp.up_proj.weight"));
            Assert.That(model.RouterPaths, Is.EqualTo((string[])["model.gate"]));
            Assert.That(model.Tensors.Count(tensor => tensor.Router is not null), Is.EqualTo(1));
            Assert.That(model.ExpertsPerToken, Is.EqualTo(1));
            Assert.That(block.ExpertsPerToken, Is.EqualTo(2));
        }
    }

    [TestCase(MixtureLevel.FeedForward)]
    [TestCase(MixtureLevel.Block)]
    public void AllLayersDense_HasNoRouters(MixtureLevel level)
    {
        using MixturePlan plan = MixtureRig.Builder(2, () => MixtureRig.Headers()).Plan(MixtureRig.Recipe(level, denseLayers: MixtureRig.Layers));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(plan.RouterCount, Is.Zero);
            Assert.That(plan.Tensors, Has.Count.EqualTo(3 + (9 * MixtureRig.Layers)));
        }
    }

    [TestCase(MixtureLevel.FeedForward)]
    [TestCase(MixtureLevel.Block)]
    public void BiasesAndHeadNorms_AreKept(MixtureLevel level)
    {
        string[] extras = ["self_attn.q_proj.bias", "self_attn.k_norm.weight"];
        using MixturePlan plan = MixtureRig.Builder(2, () => WithExtras(extras)).Plan(MixtureRig.Recipe(level, denseLayers: 1));
        string prefix = level == MixtureLevel.Block ? "experts.1." : string.Empty;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Names(plan, 0), Is.SupersetOf(extras));
            Assert.That(Names(plan, 1), Is.SupersetOf(extras.Select(extra => prefix + extra)));
            Assert.That(Text(plan, "model_type"), Is.EqualTo(level == MixtureLevel.Block ? "mixtral_block_level" : "mixtral_hybrid"));
        }
    }

    [Test]
    public void BiasesOfFeedForwardBlocks_HaveAPlaceAtBlockLevelOnly()
    {
        FakeModel Model() => WithExtras(["mlp.down_proj.bias"]);
        using MixturePlan plan = MixtureRig.Builder(2, Model).Plan(MixtureRig.Recipe(MixtureLevel.Block));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Names(plan, 0), Has.Member("experts.0.mlp.down_proj.bias"));
            Assert.That(Problems(MixtureRig.Builder(2, Model), MixtureRig.Recipe(MixtureLevel.FeedForward)), Has.Some.Matches<MixtureProblem>(problem =>
                problem is { Kind: MixtureProblemKind.Tensor, Model: "dense", TensorName: "model.layers.0.mlp.down_proj.bias" }));
        }
    }

    [Test]
    public void TiedEmbeddingsAndOldBuffers_AreNotWritten()
    {
        FakeModel Model()
        {
            JsonObject config = MixtureRig.Config();
            config["tie_word_embeddings"] = true;
            return MixtureRig.Headers(config).Add("model.layers.0.self_attn.rotary_emb.inv_freq", DataType.F32, 2);
        }

        using MixturePlan plan = MixtureRig.Builder(2, Model).Plan(MixtureRig.Recipe(MixtureLevel.FeedForward));
        Assert.That(plan.Tensors.Select(tensor => tensor.Name), Has.No.Member("lm_head.weight").And.None.Contains("inv_freq"));
    }

    [Test]
    public void Configuration_SaysAllThatAForwardPassNeeds()
    {
        using MixturePlan plan = MixtureRig.Builder(3, () => MixtureRig.Headers()).Plan(MixtureRig.Recipe(MixtureLevel.FeedForward, 3));
        using MixturePlan hybrid = MixtureRig.Builder(3, () => MixtureRig.Headers()).Plan(MixtureRig.Recipe(MixtureLevel.FeedForward, 3, 1) with { Input = RouterInput.Sample, Pooling = RouterPooling.Last });
        using MixturePlan block = MixtureRig.Builder(3, () => MixtureRig.Headers()).Plan(MixtureRig.Recipe(MixtureLevel.Block, 3, 1) with { Pooling = RouterPooling.First, Router = RouterKind.Mlp });
        JsonObject config = plan.Config;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Text(plan, "model_type"), Is.EqualTo("mixtral"));
            Assert.That(Text(hybrid, "model_type"), Is.EqualTo("mixtral_hybrid"));
            Assert.That(Text(block, "model_type"), Is.EqualTo("mixtral_block_level"));
            Assert.That(config["architectures"]!.ToJsonString(), Is.EqualTo("[\"MixtralForCausalLM\"]"));
            Assert.That(config["num_local_experts"]!.GetValue<int>(), Is.EqualTo(3));
            Assert.That(config["num_experts_per_tok"]!.GetValue<int>(), Is.EqualTo(2));
            Assert.That(hybrid.Config["num_dense_layers"]!.GetValue<int>(), Is.EqualTo(1));
            Assert.That(config["rope_theta"]!.GetValue<double>(), Is.EqualTo(10000));
            Assert.That(config.ContainsKey("sliding_window"), Is.True);
            Assert.That(config["sliding_window"], Is.Null);
            Assert.That(config["sentence_routing"]!.GetValue<bool>(), Is.False);
            Assert.That(hybrid.Config["sentence_routing"]!.GetValue<bool>(), Is.True);
            Assert.That(Text(hybrid, "sequence_pooler"), Is.EqualTo("last_token"));
            Assert.That(Text(block, "sequence_pooler"), Is.EqualTo("first_token"));
            Assert.That(block.Config["use_cache"]!.GetValue<bool>(), Is.False);
            Assert.That(Text(block, "router_type"), Is.EqualTo("mlp"));
            Assert.That(Text(block, "mixture_level"), Is.EqualTo("block"));
            Assert.That(Text(plan, "dense_model_type"), Is.EqualTo("llama"));
            Assert.That(Text(plan, "custom_key"), Is.EqualTo("kept"));
            Assert.That(config.ContainsKey("auto_map"), Is.False);
            Assert.That(config.ContainsKey("expert_overrides"), Is.False);
        }
    }

    [Test]
    public void RotaryBaseThatIsNotStated_IsWrittenOut()
    {
        FakeModel Model(string? parameters)
        {
            JsonObject config = MixtureRig.Config();
            config.Remove("rope_theta");
            config.Remove("rms_norm_eps");
            if (parameters is not null)
            {
                config["rope_parameters"] = JsonNode.Parse(parameters);
            }

            return MixtureRig.Headers(config);
        }

        using MixturePlan plain = MixtureRig.Builder(2, () => Model(null)).Plan(MixtureRig.Recipe(MixtureLevel.FeedForward));
        using MixturePlan newer = MixtureRig.Builder(2, () => Model("""{"rope_type": "linear", "factor": 4.0, "rope_theta": 500000.0}""")).Plan(MixtureRig.Recipe(MixtureLevel.FeedForward));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(plain.Config["rope_theta"]!.GetValue<double>(), Is.EqualTo(10000));
            Assert.That(plain.Config["rms_norm_eps"]!.GetValue<double>(), Is.EqualTo(1e-6));
            Assert.That(newer.Config["rope_theta"]!.GetValue<double>(), Is.EqualTo(500000));
            Assert.That(newer.Config["rope_scaling"]!.ToJsonString(), Is.EqualTo("""{"factor":4,"rope_type":"linear"}"""));
            Assert.That(newer.Config.ContainsKey("rope_parameters"), Is.False);
        }
    }

    [Test]
    public void ScaledRotation_IsNoPlainMixtrals()
    {
        JsonObject config = MixtureRig.Config();
        config["rope_scaling"] = new JsonObject { ["type"] = "linear", ["factor"] = 2.0 };
        MixtureBuilder builder = MixtureRig.Builder(2, () => MixtureRig.Headers(config));
        using MixturePlan scaled = builder.Plan(MixtureRig.Recipe(MixtureLevel.FeedForward));
        using MixturePlan hybrid = builder.Plan(MixtureRig.Recipe(MixtureLevel.FeedForward, denseLayers: 1));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Text(scaled, "model_type"), Is.EqualTo("mixtral_hybrid"));
            Assert.That(scaled.Warnings, Has.Count.EqualTo(1).And.One.Contains("rope_scaling"));
            Assert.That(hybrid.Warnings, Is.Empty);
        }
    }

    [Test]
    public void SettingsOfExperts_AreCarriedWhereTheLayersAreTheirs()
    {
        JsonObject other = MixtureRig.Config();
        other["rope_theta"] = 1e6;
        other["rope_scaling"] = new JsonObject { ["type"] = "linear", ["factor"] = 2.0 };
        MixtureBuilder builder = MixtureRig.Builder(MixtureRig.Headers(), MixtureRig.Headers(), MixtureRig.Headers(other));
        using MixturePlan block = builder.Plan(MixtureRig.Recipe(MixtureLevel.Block));
        using MixturePlan feedForward = builder.Plan(MixtureRig.Recipe(MixtureLevel.FeedForward));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(block.Config["expert_overrides"]!.ToJsonString(), Is.EqualTo("""[{},{"rope_theta":1000000,"rope_scaling":{"factor":2,"rope_type":"linear"}}]"""));
            Assert.That(block.Warnings, Is.Empty);
            Assert.That(feedForward.Config.ContainsKey("expert_overrides"), Is.False);
            Assert.That(feedForward.Warnings, Has.Count.EqualTo(2).And.All.Contains("expert1"));
        }
    }

    [Test]
    public void Windows_AreThoseOfTheArchitecture()
    {
        JsonObject windowed = MixtureRig.Config("mistral");
        windowed["sliding_window"] = 7;
        JsonObject none = MixtureRig.Config("mistral");
        none["sliding_window"] = null;
        using MixturePlan plan = MixtureRig.Builder(MixtureRig.Headers(MixtureRig.Config("mistral")), MixtureRig.Headers(windowed), MixtureRig.Headers(none)).Plan(MixtureRig.Recipe(MixtureLevel.Block));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(plan.Config["sliding_window"]!.GetValue<long>(), Is.EqualTo(4096));
            Assert.That(plan.Config["expert_overrides"]!.ToJsonString(), Is.EqualTo("""[{"sliding_window":7},{"sliding_window":null}]"""));
        }
    }

    [Test]
    public void Plan_IsDescribedAndHashed()
    {
        MixtureBuilder builder = MixtureRig.Builder(2, () => MixtureRig.Headers());
        using MixturePlan plan = builder.Plan(MixtureRig.Recipe(MixtureLevel.Model, denseLayers: 1));
        using MixturePlan same = builder.Plan(MixtureRig.Recipe(MixtureLevel.Model, denseLayers: 1));
        using MixturePlan other = builder.Plan(MixtureRig.Recipe(MixtureLevel.Model, denseLayers: 1) with { Seed = 1 });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(plan.Hash, Is.EqualTo(same.Hash).And.Length.EqualTo(64).And.Not.EqualTo(other.Hash));
            Assert.That(plan.ToString(), Does.Contain("2 experts, 1 for each sequence").And.Contains("1 of 3 layers dense").And.Contains(plan.Hash));
            Assert.That(plan.Describe(), Does.Contain("model.layers.2.experts.1.mlp.up_proj.weight BF16 [12, 8]\n  expert1:model.layers.2.mlp.up_proj.weight (expert 1)"));
        }
    }

    private static FakeModel WithExtras(string[] extras)
    {
        FakeModel model = MixtureRig.Headers();
        foreach (int layer in Enumerable.Range(0, MixtureRig.Layers))
        {
            foreach (string extra in extras)
            {
                model.Add($"model.layers.{layer}.{extra}", DataType.BF16, MixtureRig.Width);
            }
        }

        return model;
    }

    private static IReadOnlyList<MixtureProblem> Problems(MixtureBuilder builder, MixtureRecipe recipe) => Assert.Throws<MixtureException>(() => builder.Plan(recipe))!.Problems;

    private static string[] Names(MixturePlan plan, int layer) =>
        [.. plan.Tensors.Select(tensor => tensor.Name).Where(name => name.StartsWith($"model.layers.{layer}.", StringComparison.Ordinal)).Select(name => name[$"model.layers.{layer}.".Length..])];

    private static string Origin(MixturePlan plan, string name) => plan.Tensors.Single(tensor => string.Equals(tensor.Name, name, StringComparison.Ordinal)).Inputs
        .Select(input => $"{input.Model}:{input.TensorName}").Single();

    private static TensorShape Shape(MixturePlan plan, string name) => plan.Tensors.Single(tensor => string.Equals(tensor.Name, name, StringComparison.Ordinal)).Output.Shape;

    private static string Text(MixturePlan plan, string key) => plan.Config[key]!.GetValue<string>();
}
