using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Checkpoints;
using static ModelAggregation.Tests.Merging.VocabularyRig;

namespace ModelAggregation.Tests.Merging;

/// <summary>The statistics that a recipe gives beside its models: reading, writing, planning.</summary>
public sealed class StatisticsTests
{
    private const string Yaml = """
        merge_method: fisher
        models:
          - model: a
            statistics: a-fisher
          - model: b
            statistics: b-fisher
            parameters: {weight: 2}
        """;

    private const string SlicedYaml = """
        merge_method: fisher
        slices:
          - sources:
              - model: a
                layer_range: [1, 2]
                statistics: a-fisher
        """;

    [Test]
    public void Yaml_AndBuilder_MakeTheSameRecipe()
    {
        MergeRecipe recipe = MergeRecipe.With("fisher").Model("a", "a-fisher").Model("b", "b-fisher", weight: 2).Build();
        MergeRecipe sliced = MergeRecipe.With("fisher").Slice(slice => slice.Layers("a", 1, 2, "a-fisher")).Build();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(MergeRecipe.Parse(Yaml), Is.EqualTo(recipe));
            Assert.That(MergeRecipe.Parse(recipe.ToYaml()), Is.EqualTo(recipe));
            Assert.That(MergeRecipe.Parse(SlicedYaml), Is.EqualTo(sliced));
            Assert.That(MergeRecipe.Parse(sliced.ToYaml()), Is.EqualTo(sliced));
            Assert.That(MergeRecipe.Parse(Yaml.Replace("b-fisher", "c-fisher", StringComparison.Ordinal)), Is.Not.EqualTo(recipe));
        }
    }

    [Test]
    public void Plan_MatchesStatisticsByTheNameInTheModel()
    {
        FakeModel statistics = FakeModel.Llama(type: DataType.F32);
        using MergePlan plan = Plan(MergeRecipe.Parse(SlicedYaml), ("a", FakeModel.Llama()), ("a-fisher", statistics));

        PlannedTensor tensor = plan.Tensors.Single(tensor => tensor.Name is "model.layers.0.mlp.up_proj.weight");
        PlannedInput input = tensor.Inputs.Single();
        statistics.TryGet("model.layers.1.mlp.up_proj.weight", out TensorSource? expected);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(input.Statistics!.Source, Is.SameAs(expected));
            Assert.That(plan.Models.Select(model => model.Name), Is.EqualTo((string[])["a"]));
            Assert.That(plan.Statistics.Select(model => model.Name), Is.EqualTo((string[])["a-fisher"]));
            Assert.That(plan.InputBytes, Is.EqualTo(3 * plan.ParameterCount * 2), "BF16 weights and F32 statistics");
            Assert.That(plan.Describe(0), Does.Contain("a-fisher (statistics)"));
        }
    }

    [Test]
    public void Plan_OfACutVocabulary_CutsItsStatistics()
    {
        MergeRecipe recipe = MergeRecipe.Parse(Yaml);
        using MergePlan plan = Plan(recipe, ("a", FakeModel.Llama(vocabulary: 40)), ("b", FakeModel.Llama()), ("a-fisher", FakeModel.Llama(vocabulary: 40)), ("b-fisher", FakeModel.Llama()));

        PlannedTensor tensor = plan.Tensors.Single(tensor => tensor.Name is "lm_head.weight");
        Assert.That(tensor.Inputs.Select(input => input.Statistics!.Source.Shape), Is.All.EqualTo(tensor.Output.Shape));
    }

    [Test]
    public void Hash_ChangesWithTheStatistics_ButNotWithTheirPlace()
    {
        string Hash(string place, string header)
        {
            FakeModel statistics = FakeModel.Llama();
            statistics.Identities = [new FileIdentity("model.safetensors", 1, header, DateTimeOffset.UnixEpoch)];
            using MergePlan plan = Plan(MergeRecipe.With("fisher").Model("a", place).Build(), ("a", FakeModel.Llama()), (place, statistics));
            return plan.Hash;
        }

        Assert.That(Hash("/one/s", "00"), Is.EqualTo(Hash("/two/s", "00")));
        Assert.That(Hash("/one/s", "01"), Is.Not.EqualTo(Hash("/one/s", "00")));
    }

    [Test]
    public void Card_NamesTheFilesOfTheStatistics()
    {
        using TestFolder folder = new();
        using TestModel model = new TestModel().Add("w", 1, 2);
        model.Write(folder["a"]);
        model.Write(folder["s"]);

        new ModelMerger().Merge(MergeRecipe.With("fisher").Model(folder["a"], folder["s"]).Build(), folder["out"]);

        string card = File.ReadAllText(Path.Combine(folder["out"], "README.md"));
        Assert.That(card.Split('\n').Count(line => line.Contains("| model.safetensors |", StringComparison.Ordinal)), Is.EqualTo(2));
        Assert.That(() => new ModelMerger().Merge(MergeRecipe.With("fisher").Model(folder["a"], folder["s"]).Build(), folder["s"]),
            Throws.TypeOf<MergeDataException>().With.Property("Error").EqualTo(MergeDataError.OutputIsInput));
    }

    [Test]
    public void Plan_ReportsEveryProblemOfStatistics()
    {
        using (Assert.EnterMultipleScope())
        {
            AssertProblem(
                "Model 'a' has 'statistics', which 'linear' does not use; take them out.",
                MergeRecipe.With("linear").Model("a", "s", weight: 1).Build(), ("a", FakeModel.Llama()), ("s", FakeModel.Llama()));
            AssertProblem(
                "Model 'a' has no 'statistics', by which 'fisher' weighs; give the checkpoint that holds them.",
                MergeRecipe.With("fisher").Model("a").Build(), ("a", FakeModel.Llama()));
            AssertProblem(
                "The statistics 's' of model 'a' lack tensor 'model.norm.weight'.",
                MergeRecipe.With("fisher").Model("a", "s").Build(), ("a", FakeModel.Llama()), ("s", FakeModel.Llama().Remove("model.norm.weight")));
            AssertProblem(
                "Tensor 'w': the statistics 's' have shape [3] and type F32; 'fisher' takes floats of shape [2].",
                MergeRecipe.With("fisher").Model("a", "s").Build(), ("a", new FakeModel().Add("w", DataType.F32, 2)), ("s", new FakeModel().Add("w", DataType.F32, 3)));
            AssertProblem(
                "Tensor 'w': the statistics 's' have shape [3, 3] and type F32; 'regmean' takes floats of shape [2, 2].",
                MergeRecipe.With("regmean").Model("a", "s").Build(), ("a", new FakeModel().Add("w", DataType.F32, 3, 2)), ("s", new FakeModel().Add("w", DataType.F32, 3, 3)));
            AssertProblem(
                "The statistics 't' of model 'b' lack tensor 'w', which the statistics of other models have.",
                MergeRecipe.With("regmean").Model("a", "s").Model("b", "t").Build(),
                ("a", new FakeModel().Add("w", DataType.F32, 3, 2)), ("b", new FakeModel().Add("w", DataType.F32, 3, 2)),
                ("s", new FakeModel().Add("w", DataType.F32, 2, 2)), ("t", new FakeModel().Add("x", DataType.F32, 2, 2)));
        }
    }

    [Test]
    public void Statistics_InModules_AreReadWrittenAndPlanned()
    {
        MergeRecipe recipe = MergeRecipe.Parse("""
            merge_method: fisher
            modules:
              default:
                models:
                  - model: a
                    statistics: a-fisher
                    parameters: {weight: 1}
            """);

        using MergePlan plan = Plan(recipe, ("a", FakeModel.Llama()), ("a-fisher", FakeModel.Llama()));

        Assert.That(MergeRecipe.Parse(recipe.ToYaml()), Is.EqualTo(recipe));
        Assert.That(plan.Tensors.SelectMany(tensor => tensor.Inputs), Has.All.Property("Statistics").Not.Null);
        AssertProblem("Model 'a' has 'statistics', which 'linear' does not use; take them out.", recipe with { Method = "linear" }, ("a", FakeModel.Llama()), ("a-fisher", FakeModel.Llama()));
    }

    [Test]
    public void Plan_WithATokenizerThatMovesRows_RefusesStatisticsOfTheOldOrder()
    {
        using TestFolder folder = new();
        Write(folder, "a", TestTokenizer.Of("x", "y"), rows: 2);
        Write(folder, "b", TestTokenizer.Of("y", "x"), rows: 2);
        MergeRecipe recipe = MergeRecipe.With("fisher").Model(folder["a"], folder["a"]).Model(folder["b"], folder["b"]).Tokenizer(MergeTokenizer.Union).Build();

        MergePlanException error = Assert.Throws<MergePlanException>(() => new ModelMerger().Plan(recipe).Dispose())!;

        Assert.That(error.Problems.Select(problem => problem.Kind), Is.All.EqualTo(PlanProblemKind.Statistics));
        Assert.That(error.Message, Does.Contain($"'{Embedding}'").And.Contain("'tokenizer' puts the rows in another order"));
    }

    [Test]
    public void Statistics_MadeByAStage_AreThose()
    {
        using TestModel model = new TestModel().Add("w", 1, 3);
        using TestModel other = new TestModel().Add("w", 5, 7);
        using TestModel statistics = new TestModel().Add("w", 1, 0);
        using TestModel more = new TestModel().Add("w", 5, 0);
        MergePipeline pipeline = MergePipeline.Parse("""
            name: mean
            merge_method: linear
            models: [{model: s, parameters: {weight: 1}}, {model: t, parameters: {weight: 1}}]
            ---
            merge_method: fisher
            models: [{model: a, statistics: mean}, {model: b, statistics: s}]
            """);
        using TestFolder folder = new();

        Engine.MergeRig.Merger(("a", model), ("b", other), ("s", statistics), ("t", more)).Merge(pipeline, folder["out"]);

        using Checkpoint output = Checkpoint.Open(folder["out"]);

        // (3·1 + 1·5) / 4, and where both are zero the mean of 3 and 7.
        Assert.That(TensorBytes.Singles(output, "w"), Is.EqualTo((float[])[2, 5]));
    }

    [Test]
    public void Plan_WithStatisticsThatAreNotThere_SaysSo()
    {
        MergePlanException error = Assert.Throws<MergePlanException>(
            () => Plan(MergeRecipe.With("fisher").Model("a", "nowhere").Build(), ("a", FakeModel.Llama())))!;

        Assert.That(error.Problems.Select(problem => (problem.Kind, problem.Model)), Is.EqualTo(((PlanProblemKind, string)[])[(PlanProblemKind.ModelNotFound, "nowhere")]));
    }

    [Test]
    public void WeightsThatAreAllZero_AreRefused([Values("fisher", "regmean")] string method)
    {
        MergePlanException error = Assert.Throws<MergePlanException>(
            () => Plan(MergeRecipe.With(method).Model("a", "s", weight: 0).Build(), ("a", new FakeModel().Add("w", DataType.F32, 2)), ("s", new FakeModel().Add("w", DataType.F32, 2))))!;

        Assert.That(error.Problems.Select(problem => problem.Kind), Does.Contain(method is "fisher" ? PlanProblemKind.MethodRule : PlanProblemKind.Statistics));
    }

    private static void AssertProblem(string message, MergeRecipe recipe, params (string Name, FakeModel Model)[] models)
    {
        MergePlanException error = Assert.Throws<MergePlanException>(() => Plan(recipe, models))!;
        Assert.That(error.Problems.Select(problem => (problem.Kind, problem.Message)), Is.EqualTo(((PlanProblemKind, string)[])[(PlanProblemKind.Statistics, message)]));
    }

    private static MergePlan Plan(MergeRecipe recipe, params (string Name, FakeModel Model)[] models) =>
        new MergePlanner(new FakeResolver(models), MergeMethodRegistry.CreateDefault()).Plan(recipe);
}
