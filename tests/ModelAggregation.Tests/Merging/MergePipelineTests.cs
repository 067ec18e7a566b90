using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Tests.Merging;

/// <summary>Pipelines as text and as plans; nothing is merged here.</summary>
public sealed class MergePipelineTests
{
    private const string TwoStages = """
        name: math
        merge_method: linear
        models: [{model: a, parameters: {weight: 1}}]
        ---
        merge_method: slerp
        base_model: math
        models: [{model: b}]
        parameters: {t: 0.5}

        """;

    private static readonly object[] Errors =
    [
        Case("", 1, 1, "The recipe is empty"),
        Case("name: a\nmerge_method: linear\n---\n", 4, 2, "The recipe is empty"),
        Case("name: a\nmerge_method: linear\n---\nname: a\nmerge_method: linear", 4, 7, "Two stages have the name 'a'."),
        Case("name: a\nmerge_method: linear\n---\nmerge_method: linear\nname: A", 5, 7, "Two stages have the name 'A'."),
        Case("merge_method: linear\n---\nmerge_method: linear", 3, 1, "Only one stage, the final one, may be without 'name'; this is the second."),
        Case("name: a/b\nmerge_method: linear", 1, 7, "'a/b' is no name for a stage"),
        Case("name: ..\nmerge_method: linear", 1, 7, "'..' is no name for a stage"),
        Case("name: [a]\nmerge_method: linear", 1, 7, "'name' is text, not a list."),
        Case("name: a\nmerge_method: linear\nbase_model: a", 1, 7, "Stages use each other in a circle: 'a' uses 'a'."),
        Case(
            "name: x\nmerge_method: linear\nbase_model: a\n---\nname: a\nmerge_method: linear\nbase_model: b\n---\nname: b\nmerge_method: linear\nbase_model: c\n---\nname: c\nmerge_method: linear\nbase_model: a",
            5, 7, "Stages use each other in a circle: 'a' uses 'b', which uses 'c', which uses 'a'."),
        Case("name: a\nmerge_method: linear\n---\nname: b\nmdoels: []", 5, 1, "Unknown key 'mdoels'. Did you mean 'models'?"),
        Case("name: a\nmerge_method: linear\n---\nname: b\nmodels: [", 5, 10, "Not valid YAML"),
    ];

    [TestCaseSource(nameof(Errors))]
    public void Parse_SaysWhatIsWrongAndWhere(string yaml, int line, int column, string message)
    {
        RecipeException error = Assert.Throws<RecipeException>(() => MergePipeline.Parse(yaml, "r.yml"))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Message, Does.Contain(message));
            Assert.That((error.Line, error.Column), Is.EqualTo((line, column)), error.Message);
        }
    }

    [Test]
    public void YamlAndCode_MakeTheSamePipeline()
    {
        MergePipeline parsed = MergePipeline.Parse(TwoStages);
        MergePipeline built = MergePipeline.First("math", MergeRecipe.With("linear").Model("a", weight: 1).Build())
            .Finally(MergeRecipe.With("slerp").Base("math").Model("b").Parameter("t", 0.5).Build());

        using (Assert.EnterMultipleScope())
        {
            Assert.That(built, Is.EqualTo(parsed));
            Assert.That(built.GetHashCode(), Is.EqualTo(parsed.GetHashCode()));
            Assert.That(MergePipeline.Parse(built.ToYaml()), Is.EqualTo(built));
            Assert.That(built.ToYaml(), Does.StartWith("name: math\nmerge_method: linear\n").And.Contain("\n---\nmerge_method: slerp\n"));
            Assert.That(MergePipeline.Parse("merge_method: linear\nmodels: [{model: a}]").Stages, Is.EqualTo((MergeStage[])[new(null, MergeRecipe.With("linear").Model("a").Build())]));
        }
    }

    [Test]
    public void Order_PutsEachStageAfterThoseItUses_ElseAsGiven_AndTheUnnamedLast()
    {
        MergeRecipe Uses(params string[] models) => models.Aggregate(MergeRecipe.With("linear"), (recipe, model) => recipe.Model(model)).Build();
        MergePipeline pipeline = new([new(null, Uses("last", "x")), new("last", Uses("b", "a")), new("b", Uses("a")), new("loose", Uses("x")), new("a", Uses("y"))]);
        MergePipeline named = new([new("top", Uses("a")), new("a", Uses("x"))]);

        Assert.That(pipeline.Order.Select(stage => stage.Name), Is.EqualTo((string?[])["loose", "a", "b", "last", null]));
        Assert.That(named.Order.Select(stage => stage.Name), Is.EqualTo((string?[])["a", "top"]));
    }

    [Test]
    public void Constructor_ListsEveryProblem()
    {
        MergeRecipe recipe = MergeRecipe.With("linear").Model("b").Build();

        RecipeException error = Assert.Throws<RecipeException>(() => _ = new MergePipeline([new("b", recipe), new("b", recipe), new(null, recipe), new(null, recipe)]))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Message, Is.EqualTo(
                "Two stages have the name 'b'. Only one stage, the final one, may be without 'name'; this is the second. Stages use each other in a circle: 'b' uses 'b'."));
            Assert.That(() => new MergePipeline([]), Throws.ArgumentException);
        }
    }

    [Test]
    public void LaterStages_ArePlannedFromThePlansOfEarlierOnes()
    {
        MergePipeline pipeline = MergePipeline
            .First("deep", MergeRecipe.With("passthrough").OutputType(DataType.F32).Slice(slice => slice.Layers("a", 0, 2)).Slice(slice => slice.Layers("a", 1, 2)).Build())
            .Finally(MergeRecipe.With("linear").Parameter("weight", 1).Slice(slice => slice.Layers("deep", 1, 3).Layers("a", 0, 2)).Build());

        using MergePipelinePlan plan = Plan(pipeline, ("a", FakeModel.Llama()));
        PlannedTensor tensor = plan.Final.Tensors.Single(tensor => tensor.Name is "model.layers.1.mlp.up_proj.weight");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(plan.Stages.Select(stage => (stage.Name, stage.Plan.LayerCount)), Is.EqualTo(((string?, int)[])[("deep", 3), (null, 2)]));
            Assert.That(tensor.Inputs.Select(input => (input.Model, input.TensorName)), Is.EqualTo(((string, string)[])[
                ("deep", "model.layers.2.mlp.up_proj.weight"), ("a", "model.layers.1.mlp.up_proj.weight")]));
            Assert.That(tensor.Inputs[0].Source.DataType, Is.EqualTo(DataType.F32));
            Assert.That(plan.Stages[0].Plan.Config!["num_hidden_layers"]!.GetValue<int>(), Is.EqualTo(3));
            Assert.That(plan.Final.Config!["num_hidden_layers"]!.GetValue<int>(), Is.EqualTo(2));
            Assert.That(plan.Describe(0), Does.StartWith("stage 1 of 2, 'deep'\npassthrough: ").And.Contain("\nstage 2 of 2\nlinear: "));
            Assert.That(() => tensor.Inputs[0].Source.Read(0, new byte[4]), Throws.InvalidOperationException.With.Message.Contains("'deep' has not been merged yet"));
        }
    }

    [Test]
    public void ProblemsOfAllStages_AreReportedAtOnce_AndOnlyOnce()
    {
        MergePipeline pipeline = MergePipeline.Parse("""
            name: math
            merge_method: linaer
            models: [{model: a}]
            ---
            name: code
            merge_method: linear
            models: [{model: math, parameters: {weight: 1}}, {model: a, parameters: {wieght: 1}}]
            ---
            merge_method: linear
            models: [{model: maht}, {model: code}]
            parameters: {weight: 1}
            """);
        FakeModel a = FakeModel.Llama();

        MergePlanException error = Assert.Throws<MergePlanException>(() => Plan(pipeline, ("a", a)).Dispose())!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Problems.Select(problem => (problem.Stage, problem.Kind)), Is.EqualTo(((string?, PlanProblemKind)[])[
                ("math", PlanProblemKind.UnknownMethod), ("code", PlanProblemKind.UnknownParameter), ("code", PlanProblemKind.MissingParameter), (null, PlanProblemKind.ModelNotFound)]), error.Message);
            Assert.That(error.Problems[0].Message, Is.EqualTo("Stage 'math': Unknown merge method 'linaer'. Did you mean 'linear'?"));
            Assert.That(error.Problems[^1].Message, Is.EqualTo("Final stage: Model 'maht' is not here. Did you mean 'math'?"));
            Assert.That(a.IsDisposed);
        }
    }

    [Test]
    public void ThePlansOfGoodStages_AreClosed_WhenAnotherHasProblems()
    {
        FakeModel a = FakeModel.Llama();
        MergePipeline pipeline = MergePipeline.First("good", MergeRecipe.With("passthrough").Model("a").Build()).Finally(MergeRecipe.With("passthrough").Model("gone").Build());

        Assert.That(() => Plan(pipeline, ("a", a)), Throws.TypeOf<MergePlanException>());
        Assert.That(a.IsDisposed);
    }

    [Test]
    public void MoreThan256Stages_AreRefused_AtTheFirstTooMany()
    {
        // The worst order: each uses the one behind it.
        static string Chain(int count) => string.Join("---\n", Enumerable.Range(0, count).Select(stage => $"name: s{stage}\nmerge_method: passthrough\nmodels: [{{model: s{stage + 1}}}]\n"));

        RecipeException error = Assert.Throws<RecipeException>(() => MergePipeline.Parse(Chain(257)))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Message, Does.EndWith("A pipeline has at most 256 stages; this one has 257."));
            Assert.That((error.Line, error.Column), Is.EqualTo(((256 * 4) + 1, 7)));
            Assert.That(MergePipeline.Parse(Chain(256)).Order[0].Name, Is.EqualTo("s255"));
        }
    }

    [TestCase("math+lora")]
    [TestCase("math+lora+other")]
    public void AnAdapterOnAStage_IsAProblem_WhateverElseHasThatName(string reference)
    {
        MergePipeline pipeline = new([new("early", MergeRecipe.With("passthrough").Model(reference).Build()), new("math", MergeRecipe.With("pasthrough").Model("a").Build())]);
        FakeResolver resolver = new(("a", FakeModel.Llama()), (reference, FakeModel.Llama()));

        MergePlanException error = Assert.Throws<MergePlanException>(() => new MergePlanner(resolver, MergeMethodRegistry.CreateDefault()).Plan(pipeline).Dispose())!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Problems.Select(problem => (problem.Stage, problem.Kind)), Is.EqualTo(((string?, PlanProblemKind)[])[
                ("early", PlanProblemKind.ModelNotFound), ("math", PlanProblemKind.UnknownMethod)]), error.Message);
            Assert.That(error.Problems[0].Message, Does.StartWith($"Stage 'early': '{reference}' puts an adapter on the output of stage 'math'").And.Contain("Merge that stage by itself"));
            Assert.That(resolver.Opened, Does.Not.Contain(reference));
        }
    }

    [Test]
    public void AStageWithAChatTemplate_IsUsedByNoOther()
    {
        MergePipeline alone = MergePipeline.First("talks", MergeRecipe.With("passthrough").Model("a").ChatTemplate("chatml").Build())
            .Finally(MergeRecipe.With("passthrough").Model("a").ChatTemplate("chatml").Build());
        MergePipeline used = MergePipeline.First("talks", alone.Stages[0].Recipe).Finally(MergeRecipe.With("passthrough").Model("talks").Build());

        MergePlanException error = Assert.Throws<MergePlanException>(() => Plan(used, ("a", FakeModel.Llama())).Dispose())!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Problems.Select(problem => (problem.Stage, problem.Kind, problem.Model)), Is.EqualTo(((string?, PlanProblemKind, string?)[])[
                (null, PlanProblemKind.Tokenizer, "talks")]), error.Message);
            Assert.That(error.Problems[0].Message, Does.Contain("say so in the last stage"));
            Assert.That(() => Plan(alone, ("a", FakeModel.Llama())).Dispose(), Throws.Nothing);
        }
    }

    [Test]
    public void TheHash_OfAStage_StandsForAllItIsMadeOf()
    {
        string first = Hash(weight: 1, "/x/a", length: 10);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Hash(weight: 1, "/y/a", length: 10), Is.EqualTo(first), "paths do not matter");
            Assert.That(Hash(weight: 2, "/x/a", length: 10), Is.Not.EqualTo(first), "another recipe of the first stage");
            Assert.That(Hash(weight: 1, "/x/a", length: 11), Is.Not.EqualTo(first), "another input of the first stage");
        }

        static string Hash(double weight, string model, long length)
        {
            FakeModel a = FakeModel.Llama();
            a.Identities = [new FileIdentity("model.safetensors", length, "00", DateTimeOffset.UnixEpoch)];
            MergePipeline pipeline = MergePipeline.First("s", MergeRecipe.With("linear").Model(model, weight).Build()).Finally(MergeRecipe.With("passthrough").Model("s").Build());
            using MergePipelinePlan plan = Plan(pipeline, (model, a));
            return plan.Final.Hash;
        }
    }

    private static MergePipelinePlan Plan(MergePipeline pipeline, params (string Name, FakeModel Model)[] models) =>
        new MergePlanner(new FakeResolver(models), MergeMethodRegistry.CreateDefault()).Plan(pipeline);

    private static object[] Case(string yaml, int line, int column, string message) => [yaml, line, column, message];
}
