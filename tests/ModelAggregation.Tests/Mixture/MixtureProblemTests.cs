using System.Text.Json.Nodes;
using ModelAggregation.Mixture;
using ModelAggregation.Tests.Merging;
using ModelSdk.Testing;
using ModelTensors;

namespace ModelAggregation.Tests.Mixture;

/// <summary>What keeps models from being mixed is found before any tensor is read, all at once.</summary>
public sealed class MixtureProblemTests
{
    [TestCase("hidden_size", 16, MixtureProblemKind.Geometry)]
    [TestCase("intermediate_size", 13, MixtureProblemKind.Geometry)]
    [TestCase("num_attention_heads", 2, MixtureProblemKind.Geometry)]
    [TestCase("num_key_value_heads", 4, MixtureProblemKind.Geometry)]
    [TestCase("head_dim", 4, MixtureProblemKind.Geometry)]
    [TestCase("hidden_act", "gelu", MixtureProblemKind.Geometry)]
    [TestCase("model_type", "mistral", MixtureProblemKind.Architecture)]
    [TestCase("model_type", "gemma", MixtureProblemKind.Architecture)]
    [TestCase("rope_theta", -1, MixtureProblemKind.Configuration)]
    [TestCase("rope_theta", "x", MixtureProblemKind.Configuration)]
    [TestCase("rms_norm_eps", 2, MixtureProblemKind.Configuration)]
    public void ExpertWithAnotherConfiguration_IsRefused(string key, object value, MixtureProblemKind kind)
    {
        JsonObject config = MixtureRig.Config();
        config[key] = value is int number ? number : (string)value;
        MixtureProblem[] problems = Problems(MixtureRig.Recipe(MixtureLevel.Block), expert: MixtureRig.Headers(config));

        Assert.That(problems, Has.Some.Matches<MixtureProblem>(problem =>
            problem is { Model: "expert1" } && problem.Kind == kind && problem.Message.Contains("expert1", StringComparison.Ordinal)));
    }

    [TestCase("num_attention_heads", 2)]
    [TestCase("rope_theta", 5)]
    public void WhatOnlyAttentionDependsOn_IsAWarningWhereAttentionIsTheDenseModels(string key, int value)
    {
        JsonObject config = MixtureRig.Config();
        config[key] = value;
        using MixturePlan plan = MixtureRig.Builder(MixtureRig.Headers(), MixtureRig.Headers(), MixtureRig.Headers(config)).Plan(MixtureRig.Recipe(MixtureLevel.FeedForward));

        Assert.That(plan.Warnings, Has.Some.Contains(key));
    }

    [Test]
    public void AllProblems_AreToldAtOnce()
    {
        JsonObject config = MixtureRig.Config();
        config["intermediate_size"] = 99;
        MixtureRecipe recipe = MixtureRig.Recipe(MixtureLevel.Model, experts: 3, denseLayers: MixtureRig.Layers) with { ExpertsPerToken = 4, Input = RouterInput.Token, Layout = MixtureLayout.Packed };
        MixtureException error = Assert.Throws<MixtureException>(() => MixtureRig.Builder(MixtureRig.Headers(), MixtureRig.Headers(), MixtureRig.Headers(config)).Plan(recipe))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Problems.Select(problem => problem.Kind), Is.SupersetOf((MixtureProblemKind[])
            [
                MixtureProblemKind.ExpertsPerToken, MixtureProblemKind.RecipeShape, MixtureProblemKind.ModelNotFound, MixtureProblemKind.DenseLayers, MixtureProblemKind.Geometry,
            ]));
            Assert.That(error.Message, Does.StartWith($"The mixture has {error.Problems.Count} problems:"));
        }
    }

    [TestCase(MixtureLevel.FeedForward, MixtureRig.Layers + 1)]
    [TestCase(MixtureLevel.Block, MixtureRig.Layers + 1)]
    [TestCase(MixtureLevel.Model, MixtureRig.Layers)]
    public void TooManyDenseLayers_AreRefused(MixtureLevel level, int layers) =>
        Assert.That(Problems(MixtureRig.Recipe(level, denseLayers: layers)).Single().Kind, Is.EqualTo(MixtureProblemKind.DenseLayers));

    [Test]
    public void OneExpert_IsRefused() => Assert.That(Problems(MixtureRig.Recipe(MixtureLevel.Model, experts: 1)).Single().Kind, Is.EqualTo(MixtureProblemKind.RecipeShape));

    [Test]
    public void EqualPrompts_AreRefusedWhereTheyMakeTheRouters()
    {
        MixtureRecipe recipe = MixtureRig.Recipe(MixtureLevel.FeedForward) with
        {
            Experts = [new("expert0") { PositivePrompts = ["a"] }, new("expert1") { PositivePrompts = ["a"] }],
        };
        using MixturePlan random = MixtureRig.Builder(2, () => MixtureRig.Headers()).Plan(recipe);

        Assert.That(Problems(recipe with { GateMode = GateMode.Hidden }).Single().Kind, Is.EqualTo(MixtureProblemKind.RecipeShape));
    }

    [TestCase(GateMode.Hidden)]
    [TestCase(GateMode.HiddenAverage)]
    [TestCase(GateMode.HiddenFeedForwardInput)]
    [TestCase(GateMode.CheapEmbed)]
    [TestCase(GateMode.Fitted)]
    public void ExpertWithoutPrompts_IsRefusedWhereTheyMakeTheRouters(GateMode mode)
    {
        MixtureRecipe recipe = MixtureRig.Recipe(MixtureLevel.FeedForward) with { GateMode = mode, Experts = [new("expert0") { PositivePrompts = ["a"] }, new("expert1")] };

        Assert.That(Problems(recipe).Single(), Has.Property(nameof(MixtureProblem.Kind)).EqualTo(MixtureProblemKind.RecipeShape)
            .And.Property(nameof(MixtureProblem.Model)).EqualTo("expert1").And.Property(nameof(MixtureProblem.Message)).Contains("no 'positive_prompts'"));
    }

    [TestCase(GateMode.Hidden, RouterKind.Mlp)]
    [TestCase(GateMode.Fitted, RouterKind.Linear)]
    public void NoPromptsAtAll_IsAWarning_BecauseRoutersMayBeTheCallers(GateMode mode, RouterKind router)
    {
        using MixturePlan plan = MixtureRig.Builder(2, () => MixtureRig.Headers()).Plan(MixtureRig.Recipe(MixtureLevel.Block) with { GateMode = mode, Router = router });

        Assert.That(plan.Warnings, Has.Count.EqualTo(1).And.One.Contains("routers of your own"));
    }

    [TestCase(RouterKind.Mlp, GateMode.Hidden, RouterPooling.Last, "router: mlp")]
    [TestCase(RouterKind.Mlp, GateMode.CheapEmbed, RouterPooling.Mean, "router: mlp")]
    [TestCase(RouterKind.Linear, GateMode.Fitted, RouterPooling.First, "pooling: first")]
    public void RoutersThatCannotBeMade_AreRefused(RouterKind router, GateMode mode, RouterPooling pooling, string named)
    {
        MixtureRecipe recipe = Prompted() with { Router = router, GateMode = mode, Pooling = pooling };

        Assert.That(Problems(recipe).Single(), Has.Property(nameof(MixtureProblem.Kind)).EqualTo(MixtureProblemKind.RecipeShape).And.Property(nameof(MixtureProblem.Message)).Contains(named));
    }

    [TestCase(GateMode.Hidden, RouterPooling.Mean, "'pooling: last'")]
    [TestCase(GateMode.Hidden, RouterPooling.Last, null)]
    [TestCase(GateMode.HiddenAverage, RouterPooling.Last, "'pooling: mean'")]
    [TestCase(GateMode.HiddenAverage, RouterPooling.Mean, null)]
    [TestCase(GateMode.Fitted, RouterPooling.Last, null)]
    public void OtherPoolingThanTheRoutersWereMadeOf_IsAWarning(GateMode mode, RouterPooling pooling, string? named)
    {
        using MixturePlan plan = MixtureRig.Builder(2, () => MixtureRig.Headers()).Plan(Prompted() with { GateMode = mode, Pooling = pooling });

        Assert.That(plan.Warnings, named is null ? Is.Empty : Has.Count.EqualTo(1).And.One.Contains(named));
    }

    [Test]
    public void OneModelForAllExperts_IsAWarning()
    {
        MixtureRecipe recipe = MixtureRig.Recipe(MixtureLevel.FeedForward) with { Experts = [new("expert0"), new("expert0")] };
        using MixturePlan plan = MixtureRig.Builder(2, () => MixtureRig.Headers()).Plan(recipe);

        Assert.That(plan.Warnings, Has.Count.EqualTo(1).And.One.Contains("All experts are model 'expert0'"));
    }

    [Test]
    public void OtherVocabulary_IsRefusedWithWhatToDo()
    {
        FakeModel more = MixtureRig.Headers(MixtureRig.Config(vocabulary: 20), MixtureRig.Tensors(vocabulary: 20));
        Assert.That(Problems(MixtureRig.Recipe(MixtureLevel.FeedForward), expert: more).Single(), Has.Property(nameof(MixtureProblem.Kind)).EqualTo(MixtureProblemKind.Vocabulary)
            .And.Property(nameof(MixtureProblem.Message)).Contains("merge with 'tokenizer'"));
    }

    [Test]
    public void OtherTokensOfOneNumber_AreRefused()
    {
        using TestFolder folder = new();
        TestTokenizer.Of("a", "b", "c").Write(folder["one"]);
        TestTokenizer.Of("a", "c", "b").Write(folder["two"]);
        FakeModel dense = MixtureRig.Headers();
        dense.Location = folder["one"];
        FakeModel same = MixtureRig.Headers();
        same.Location = folder["one"];
        FakeModel other = MixtureRig.Headers();
        other.Location = folder["two"];
        MixtureException error = Assert.Throws<MixtureException>(() => MixtureRig.Builder(dense, same, other).Plan(MixtureRig.Recipe(MixtureLevel.FeedForward)))!;
        using MixturePlan plan = MixtureRig.Builder(dense, same, MixtureRig.Headers()).Plan(MixtureRig.Recipe(MixtureLevel.FeedForward));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Problems.Single().Kind, Is.EqualTo(MixtureProblemKind.Vocabulary));
            Assert.That(error.Message, Does.StartWith("From number 1 on the tokens of expert 'expert1' are others"));
            Assert.That(plan.Warnings, Has.Count.EqualTo(1).And.One.Contains("no tokenizer files"));
        }
    }

    [Test]
    public void OtherChatTemplate_IsAWarning()
    {
        using TestFolder folder = new();
        foreach ((string name, string? template) in new[] { ("one", "{{ a }}"), ("two", "{{ b }}"), ("none", null) })
        {
            TestTokenizer tokenizer = TestTokenizer.Of("a", "b");
            tokenizer.Config = template is null ? [] : new JsonObject { ["chat_template"] = template };
            tokenizer.Write(folder[name]);
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Warnings("one", "one"), Is.Empty);
            Assert.That(Warnings("none", "none"), Is.Empty);
            Assert.That(Warnings("one", "two"), Has.Count.EqualTo(1).And.One.Contains("Expert 'expert1' has another chat template"));
            Assert.That(Warnings("one", "none"), Has.Count.EqualTo(1));
            Assert.That(Warnings("none", "one"), Has.Count.EqualTo(1));
        }

        IReadOnlyList<string> Warnings(string dense, string expert)
        {
            using MixturePlan plan = MixtureRig.Builder(Model(dense), Model(dense), Model(expert)).Plan(MixtureRig.Recipe(MixtureLevel.Block));
            return plan.Warnings;
        }

        FakeModel Model(string name)
        {
            FakeModel model = MixtureRig.Headers();
            model.Location = folder[name];
            return model;
        }
    }

    [Test]
    public void TensorsThatDiffer_AreNamed()
    {
        FakeModel missing = MixtureRig.Headers().Remove("model.layers.2.self_attn.q_proj.weight");
        FakeModel more = MixtureRig.Headers().Add("model.layers.1.self_attn.q_proj.bias", DataType.BF16, MixtureRig.Width);
        FakeModel shape = MixtureRig.Headers().Add("model.layers.1.self_attn.k_proj.weight", DataType.BF16, 6, MixtureRig.Width);
        FakeModel integers = MixtureRig.Headers(type: DataType.I8);
        FakeModel deeper = MixtureRig.Headers().Add("model.layers.3.input_layernorm.weight", DataType.BF16, MixtureRig.Width);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(One(missing), Is.EqualTo((MixtureProblemKind.Tensor, "model.layers.2.self_attn.q_proj.weight")));
            Assert.That(One(more), Is.EqualTo((MixtureProblemKind.Tensor, "model.layers.1.self_attn.q_proj.bias")));
            Assert.That(One(shape), Is.EqualTo((MixtureProblemKind.Shape, "model.layers.1.self_attn.k_proj.weight")));
            Assert.That(One(integers).Kind, Is.EqualTo(MixtureProblemKind.DataType));
            Assert.That(One(deeper), Is.EqualTo((MixtureProblemKind.Tensor, "model.layers.3.input_layernorm.weight")));
        }

        static (MixtureProblemKind Kind, string? Tensor) One(FakeModel expert)
        {
            MixtureProblem problem = Problems(MixtureRig.Recipe(MixtureLevel.Block), expert: expert).Single();
            return (problem.Kind, problem.TensorName);
        }
    }

    [Test]
    public void DenseModelThatIsNotWhole_IsRefused()
    {
        FakeModel NoHead() => MixtureRig.Headers(tensors: MixtureRig.Tensors(hasHead: false));
        FakeModel headless = NoHead();
        FakeModel noConfig = MixtureRig.Headers();
        noConfig.Document = null;
        FakeModel noBlock = MixtureRig.Headers().Remove("model.layers.1.mlp.up_proj.weight");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Problems(MixtureRig.Recipe(MixtureLevel.Block), dense: headless).Single().TensorName, Is.EqualTo("lm_head.weight"));
            Assert.That(Problems(MixtureRig.Recipe(MixtureLevel.Block), dense: noConfig).Single().Kind, Is.EqualTo(MixtureProblemKind.Configuration));
            Assert.That(Problems(MixtureRig.Recipe(MixtureLevel.Block), dense: noBlock)[0].Kind, Is.EqualTo(MixtureProblemKind.Tensor));
        }
    }

    [TestCase(2, 2, true)]
    [TestCase(2, 1, false)]
    [TestCase(null, 2, false)]
    [TestCase(2, null, true)]
    public void WindowsInOtherLayers_AreRefused(int? dense, int? expert, bool isAllowed)
    {
        MixtureBuilder builder = MixtureRig.Builder(Model(dense), Model(dense), Model(expert));

        if (isAllowed)
        {
            using MixturePlan plan = builder.Plan(MixtureRig.Recipe(MixtureLevel.Block));
            Assert.That(plan.Config["sliding_window"]?.GetValue<long>(), Is.EqualTo(5));
        }
        else
        {
            Assert.That(Assert.Throws<MixtureException>(() => builder.Plan(MixtureRig.Recipe(MixtureLevel.Block)))!.Problems.Single().Kind, Is.EqualTo(MixtureProblemKind.Setting));
        }

        static FakeModel Model(int? firstLayer)
        {
            JsonObject config = MixtureRig.Config("qwen2");
            config["sliding_window"] = 5;
            config["use_sliding_window"] = firstLayer is not null;
            config["max_window_layers"] = firstLayer ?? 2;
            return MixtureRig.Headers(config);
        }
    }

    [TestCase(null, "[\"sliding_attention\",\"sliding_attention\",\"sliding_attention\"]", true)]
    [TestCase(null, "[\"full_attention\",\"sliding_attention\",\"sliding_attention\"]", false)]
    [TestCase("[\"full_attention\",\"sliding_attention\",\"sliding_attention\"]", null, false)]
    [TestCase("[\"full_attention\",\"sliding_attention\",\"sliding_attention\"]", "[\"full_attention\",\"sliding_attention\",\"sliding_attention\"]", true)]
    [TestCase("[\"full_attention\",\"sliding_attention\",\"full_attention\"]", "[\"full_attention\",\"sliding_attention\",\"sliding_attention\"]", false)]
    public void WindowsThatAListPutsInOtherLayers_AreRefused(string? dense, string? expert, bool isAllowed)
    {
        MixtureBuilder builder = MixtureRig.Builder(Model(dense), Model(dense), Model(expert));

        if (isAllowed)
        {
            using MixturePlan plan = builder.Plan(MixtureRig.Recipe(MixtureLevel.Block));
            Assert.That(plan.Config["sliding_window"]?.GetValue<long>(), Is.EqualTo(5));
        }
        else
        {
            Assert.That(Assert.Throws<MixtureException>(() => builder.Plan(MixtureRig.Recipe(MixtureLevel.Block)))!.Problems.Single().Kind, Is.EqualTo(MixtureProblemKind.Setting));
        }

        static FakeModel Model(string? layers)
        {
            JsonObject config = MixtureRig.Config("mistral");
            config["sliding_window"] = 5;
            config["layer_types"] = layers is null ? null : JsonNode.Parse(layers);
            return MixtureRig.Headers(config);
        }
    }

    private static MixtureRecipe Prompted() => MixtureRig.Recipe(MixtureLevel.Block) with
    {
        Experts = [new("expert0") { PositivePrompts = ["a"] }, new("expert1") { PositivePrompts = ["b"] }],
    };

    private static MixtureProblem[] Problems(MixtureRecipe recipe, FakeModel? dense = null, FakeModel? expert = null)
    {
        MixtureBuilder builder = MixtureRig.Builder(dense ?? MixtureRig.Headers(), MixtureRig.Headers(), expert ?? MixtureRig.Headers());
        return [.. Assert.Throws<MixtureException>(() => builder.Plan(recipe))!.Problems];
    }
}
