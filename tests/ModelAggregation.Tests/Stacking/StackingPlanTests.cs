using System.Text.Json.Nodes;
using ModelAggregation.Stacking;
using ModelSdk.Testing;
using ModelTensors;
using static ModelAggregation.Tests.Stacking.StackModels;

namespace ModelAggregation.Tests.Stacking;

public sealed class StackingPlanTests
{
    [Test]
    public void EveryProblem_IsToldAtOnce()
    {
        using TestModel first = Create(layers: 1, rows: 2, first: 0);
        using TestModel second = new TestModel { Config = Config(1, 2) }
            .Add("model.embed_tokens.weight", DataType.F32, [2, 2], 1, 2, 3, 4)
            .Add("model.norm.weight", 1, 2)
            .Add("model.layers.0.mlp.up_proj.weight", DataType.F32, [2, 2], 1, 2, 3, 4);
        second.Config!["rope_theta"] = 5.0;
        second.Config["rms_norm_eps"] = 1e-6;

        StackingException error = Assert.Throws<StackingException>(() => Stacker(first, second).Plan(Recipe(StackMethod.Stack, first, second)))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                error.Problems.Select(problem => (problem.Kind, problem.Model, problem.TensorName)),
                Is.EquivalentTo(((StackingProblemKind, string?, string?)[])
                [
                    (StackingProblemKind.Configuration, "b", null),
                    (StackingProblemKind.Configuration, "b", null),
                    (StackingProblemKind.ShapeMismatch, "b", "model.layers.0.mlp.up_proj.weight"),
                    (StackingProblemKind.MissingTensor, "b", "model.layers.*.input_layernorm.weight"),
                    (StackingProblemKind.MissingTensor, "b", "lm_head.weight"),
                ]));
            Assert.That(error.Message, Does.Contain("'rope_theta' is 10000 in 'a' and 5 in 'b'").And.Contain("'rms_norm_eps' is 1E-05 in 'a' and 1E-06 in 'b'"));
        }
    }

    [TestCase("hidden_size", "4")]
    [TestCase("head_dim", "4")]
    [TestCase("rope_scaling", """{"rope_type":"linear","factor":2.0}""")]
    [TestCase("rms_norm_eps", "1e-6")]
    [TestCase("sliding_window", "8")]
    [TestCase("tie_word_embeddings", "true")]
    [TestCase("architectures", """["MistralForCausalLM"]""")]
    public void WhatOneConfigurationSaysForAllLayers_MustBeEqual(string key, string value)
    {
        using TestModel first = Create(layers: 1, rows: 2, first: 0);
        using TestModel second = Create(layers: 2, rows: 2, first: 0);
        second.Config![key] = JsonNode.Parse(value);

        StackingException error = Assert.Throws<StackingException>(() => Stacker(first, second).Plan(Recipe(StackMethod.Stack, first, second)))!;

        Assert.That(error.Problems.Select(problem => (problem.Kind, problem.Message.Contains($"'{key}'", StringComparison.Ordinal))), Does.Contain((StackingProblemKind.Configuration, true)));
    }

    [TestCase("llama", "attention_bias", "false")]
    [TestCase("llama", "mlp_bias", "false")]
    [TestCase("llama", "tie_word_embeddings", "false")]
    [TestCase("llama", "sliding_window", "null")]
    [TestCase("llama", "partial_rotary_factor", "1.0")]
    [TestCase("qwen2", "use_sliding_window", "false")]
    [TestCase("qwen2", "sliding_window", "8")]
    [TestCase("mistral", "sliding_window", "4096")]
    public void AStatedDefault_IsWhatIsMeantWithoutIt(string type, string key, string value)
    {
        using TestModel first = Create(layers: 1, rows: 2, first: 0);
        using TestModel second = Create(layers: 2, rows: 2, first: 0);
        first.Config!["model_type"] = type;
        second.Config!["model_type"] = type;
        second.Config[key] = JsonNode.Parse(value);
        using StackingPlan plan = Stacker(first, second).Plan(Recipe(StackMethod.Stack, first, second));

        Assert.That(plan.Config!["num_hidden_layers"]!.GetValue<int>(), Is.EqualTo(3));
    }

    [TestCase("mistral", "null")]
    [TestCase("mistral", "8")]
    public void AWindow_DiffersFromTheOneThatIsMeantWithoutIt(string type, string value)
    {
        using TestModel first = Create(layers: 1, rows: 2, first: 0);
        using TestModel second = Create(layers: 2, rows: 2, first: 0);
        first.Config!["model_type"] = type;
        second.Config!["model_type"] = type;
        second.Config["sliding_window"] = JsonNode.Parse(value);

        StackingException error = Assert.Throws<StackingException>(() => Stacker(first, second).Plan(Recipe(StackMethod.Stack, first, second)))!;

        Assert.That(error.Problems.Single().Message, Does.Contain("'sliding_window' is 4096 in 'a'"));
    }

    [Test]
    public void OtherDifferences_AreToldInOneSentence()
    {
        using TestModel first = Create(layers: 1, rows: 2, first: 0);
        using TestModel second = Create(layers: 1, rows: 2, first: 0);
        second.Config!["max_position_embeddings"] = 4096;
        second.Config["bos_token_id"] = 7;
        using StackingPlan plan = Stacker(first, second).Plan(Recipe(StackMethod.Stack, first, second));

        Assert.That(plan.Warnings, Is.EqualTo((string[])["The configuration of 'a' is kept, from which that of 'b' differs in bos_token_id, max_position_embeddings."]));
    }

    [Test]
    public void KindsOfLayers_FollowTheLayers()
    {
        using TestModel first = Create(layers: 2, rows: 2, first: 0);
        using TestModel second = Create(layers: 1, rows: 2, first: 0);
        first.Config!["layer_types"] = new JsonArray("full_attention", "sliding_attention");
        first.Config["max_window_layers"] = 2;
        first.Config["sliding_window"] = 4;
        second.Config!["layer_types"] = new JsonArray("sliding_attention");
        second.Config["max_window_layers"] = 1;
        second.Config["sliding_window"] = 4;
        using StackingPlan plan = Stacker(first, second).Plan(Recipe(StackMethod.Interleave, first, second));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(plan.Config!["layer_types"]!.ToJsonString(), Is.EqualTo("""["full_attention","sliding_attention","sliding_attention"]"""));
            Assert.That(plan.Config["max_window_layers"]!.GetValue<int>(), Is.EqualTo(3));
        }
    }

    [TestCase("max_window_layers", "1", true)]
    [TestCase("first_k_dense_replace", "1", true)]
    [TestCase("first_k_dense_replace", "0", false)]
    [TestCase("sliding_window_pattern", "6", true)]
    [TestCase("decoder_sparse_step", "1", false)]
    [TestCase("mlp_only_layers", "[]", false)]
    [TestCase("mlp_only_layers", "[0]", true)]
    public void WhatIsSaidByPosition_IsRefused_UnlessItSaysNothing(string key, string value, bool isRefused)
    {
        using TestModel model = Create(layers: 2, rows: 2, first: 0);
        model.Config!["sliding_window"] = 4;
        model.Config[key] = JsonNode.Parse(value);

        StackingProblemKind[] kinds = [.. Problems(model).Select(problem => problem.Kind)];

        Assert.That(kinds, isRefused ? Is.EqualTo((StackingProblemKind[])[StackingProblemKind.LayerPattern]) : Is.Empty);
    }

    [Test]
    public void AWindowThatIsNotUsed_SaysNothing()
    {
        using TestModel model = Create(layers: 2, rows: 2, first: 0);
        model.Config!["max_window_layers"] = 1;
        model.Config["sliding_window"] = 4;
        model.Config["use_sliding_window"] = false;

        Assert.That(Problems(model), Is.Empty);
    }

    [Test]
    public void Tokenizers_AreOfAModelOfTheStack()
    {
        using TestModel model = Create(layers: 1, rows: 2, first: 0);
        StackingException error = Assert.Throws<StackingException>(() => Stacker(model).Plan(new StackingRecipe { Models = ["a", "a"], TokenizerModel = "b" }))!;

        Assert.That(error.Problems.Single().Kind, Is.EqualTo(StackingProblemKind.Tokenizer));
    }

    [Test]
    public void AModelThatIsNotThere_IsAProblem()
    {
        using TestModel model = Create(layers: 1, rows: 2, first: 0);
        StackingException error = Assert.Throws<StackingException>(() => Stacker(model).Plan(new StackingRecipe { Models = ["a", "nowhere"] }))!;

        Assert.That((error.Problems.Single().Kind, error.Problems[0].Model), Is.EqualTo((StackingProblemKind.ModelNotFound, "nowhere")));
    }

    [Test]
    public void IntegersOutsideTheLayers_AreTaken_OnlyWhereAllAreOfOneKind()
    {
        using TestModel first = Create(layers: 1, rows: 2, first: 0).AddBytes("positions", DataType.U8, [2], [1, 2]);
        using TestModel second = Create(layers: 1, rows: 2, first: 0).AddBytes("positions", DataType.U8, [3], [1, 2, 3]);
        using StackingPlan plan = Stacker(first).Plan(new StackingRecipe { Models = ["a", "a"] });
        StackingException error = Assert.Throws<StackingException>(() => Stacker(first, second).Plan(Recipe(StackMethod.Stack, first, second)))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(plan.Tensors.Single(tensor => tensor.Output.Name is "positions").IsMean, Is.False);
            Assert.That(error.Problems.Single().Kind, Is.EqualTo(StackingProblemKind.TensorType));
        }
    }

    [Test]
    public void APlan_CountsWhatWillBeReadAndWritten()
    {
        using TestModel first = Create(layers: 2, rows: 2, first: 0);
        using TestModel second = Create(layers: 1, rows: 3, first: 0);
        using StackingPlan plan = Stacker(first, second).Plan(Recipe(StackMethod.Stack, first, second));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(plan.ParameterCount, Is.EqualTo(6 + 2 + 6 + (3 * 8)));
            Assert.That(plan.OutputBytes, Is.EqualTo(4 * plan.ParameterCount));
            Assert.That(plan.InputBytes, Is.EqualTo(4 * (4 + 6 + 2 + 2 + 4 + 6 + (3 * 8))));
            Assert.That(plan.ToString(), Does.Contain("2: layer 0 of b").And.Contain(plan.Hash));
            Assert.That(plan.Tensors.Select(tensor => tensor.Output.Name), Is.EqualTo((string[])
            [
                "model.embed_tokens.weight",
                .. Enumerable.Range(0, 3).SelectMany(layer => (string[])[$"model.layers.{layer}.input_layernorm.weight", $"model.layers.{layer}.mlp.up_proj.weight"]),
                "lm_head.weight", "model.norm.weight",
            ]));
        }
    }

    private static IReadOnlyList<StackingProblem> Problems(TestModel model)
    {
        try
        {
            using StackingPlan plan = Stacker(model).Plan(new StackingRecipe { Models = ["a", "a"] });
            return [];
        }
        catch (StackingException error)
        {
            return error.Problems;
        }
    }
}
