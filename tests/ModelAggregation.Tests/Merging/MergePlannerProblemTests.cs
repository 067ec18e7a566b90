using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelTensors;

namespace ModelAggregation.Tests.Merging;

/// <summary>Every kind of problem, by its exact message: the messages are what users see.</summary>
public sealed class MergePlannerProblemTests
{
    [TestCase("merge_method: linear", PlanProblemKind.RecipeShape, "A recipe has exactly one of 'models', 'slices' and 'modules'; this one has none.")]
    [TestCase("merge_method: linear\nslices: [{sources: []}]", PlanProblemKind.RecipeShape, "Slice 1 has no sources.")]
    [TestCase("merge_method: linaer\nmodels: [{model: a}]", PlanProblemKind.UnknownMethod, "Unknown merge method 'linaer'. Did you mean 'linear'?")]
    [TestCase(
        "merge_method: linear\nmodels: [{model: a, parameters: {weigth: 1, weight: 1}}]",
        PlanProblemKind.UnknownParameter, "Unknown parameter 'weigth' of model 'a'. Did you mean 'weight'?")]
    [TestCase(
        "merge_method: linear\nmodels: [{model: a}]\nparameters: {density: 0.5, weight: 1}",
        PlanProblemKind.UnknownParameter, "Unknown parameter 'density' of the recipe. Method 'linear' has weight, normalize. 'density' belongs to breadcrumbs, breadcrumbs_ties, dare_linear, dare_ties, della, della_linear, ties.")]
    [TestCase(
        "merge_method: linear\nslices: [{sources: [{model: a, layer_range: [0, 2], parameters: {quux: 1}}], parameters: {weight: 1}}]",
        PlanProblemKind.UnknownParameter, "Unknown parameter 'quux' of slice 1, model 'a'. Method 'linear' has weight, normalize.")]
    [TestCase(
        "merge_method: linear\nmodels: [{model: a, parameters: {weight: 1, normalize: false}}]",
        PlanProblemKind.MisplacedParameter,
        "Parameter 'normalize' is set for model 'a' but belongs to the method as a whole; set it under 'parameters' of the recipe or a slice.")]
    [TestCase(
        "merge_method: linear\nmodels: [{model: a, parameters: {weight: 1}}, {model: b}]",
        PlanProblemKind.MissingParameter,
        "Parameter 'weight' of model 'b' is required by 'linear' and has no value for tensors 'model.embed_tokens.weight', 'model.layers.0.input_layernorm.weight', 'model.layers.0.mlp.down_proj.weight' and 18 more.")]
    [TestCase(
        "merge_method: linear\nmodels: [{model: a, parameters: {weight: [{filter: layers, value: 1}, {filter: lm_head, value: 1}, {filter: embed, value: 1}]}}]",
        PlanProblemKind.MissingParameter, "Parameter 'weight' of model 'a' is required by 'linear' and has no value for tensor 'model.norm.weight'.")]
    [TestCase(
        "merge_method: slerp\nbase_model: a\nmodels: [{model: a}, {model: b}]",
        PlanProblemKind.MissingParameter,
        "Parameter 't' is required by 'slerp' and has no value for tensors 'model.embed_tokens.weight', 'model.layers.0.input_layernorm.weight', 'model.layers.0.mlp.down_proj.weight' and 18 more.")]
    [TestCase(
        "merge_method: linear\nmodels: [{model: a, parameters: {weight: '0.5'}}]",
        PlanProblemKind.ParameterKind, "Parameter 'weight' of model 'a' is '0.5'; it must be a number.")]
    [TestCase(
        "merge_method: linear\nmodels: [{model: a, parameters: {weight: [1, true]}}]",
        PlanProblemKind.ParameterKind, "Parameter 'weight' of model 'a' is 'true'; it must be a number.")]
    [TestCase(
        "merge_method: linear\nmodels: [{model: a}]\nparameters: {weight: 1, normalize: 2}",
        PlanProblemKind.ParameterKind, "Parameter 'normalize' of the recipe is '2'; it must be true or false.")]
    [TestCase(
        "merge_method: linear\nmodels: [{model: a, parameters: {weight: [0, .nan]}}]",
        PlanProblemKind.ParameterValue, "Parameter 'weight' of model 'a' is .nan; allowed are finite numbers.")]
    [TestCase(
        "merge_method: linear\nmodels: [{model: a, parameters: {weight: -.inf}}]",
        PlanProblemKind.ParameterValue, "Parameter 'weight' of model 'a' is -.inf; allowed are finite numbers.")]
    [TestCase(
        "merge_method: ties\nbase_model: a\nmodels: [{model: b, parameters: {weight: 1, density: [{filter: mlp, value: [1, 0]}]}}]",
        PlanProblemKind.ParameterValue, "Parameter 'density' of model 'b' is 0; allowed are finite numbers in (0, 1].")]
    [TestCase(
        "merge_method: slerp\nbase_model: a\nmodels: [{model: a}, {model: b}, {model: c}]\nparameters: {t: 0.5}",
        PlanProblemKind.ModelCount, "Method 'slerp' merges exactly 2 models, the base model included; the recipe has 3.")]
    [TestCase(
        "merge_method: ties\nbase_model: a\nmodels: [{model: a}]\nparameters: {weight: 1}",
        PlanProblemKind.ModelCount, "Method 'ties' merges at least 2 models, the base model included; the recipe has 1.")]
    [TestCase(
        "merge_method: passthrough\nslices: [{sources: [{model: a, layer_range: [0, 1]}, {model: b, layer_range: [0, 1]}]}]",
        PlanProblemKind.ModelCount, "Slice 1: Method 'passthrough' merges exactly 1 model; the recipe has 2.")]
    [TestCase(
        "merge_method: ties\nmodels: [{model: a, parameters: {weight: 1}}]",
        PlanProblemKind.BaseModelRequired, "Method 'ties' needs a base model; give one as 'base_model'.")]
    [TestCase("merge_method: linear\nmodels: [{model: nowhere, parameters: {weight: 1}}]", PlanProblemKind.ModelNotFound, "Model 'nowhere' is not here.")]
    [TestCase(
        "merge_method: linear\nmodels: [{model: a}, {model: deep}]\nparameters: {weight: 1}",
        PlanProblemKind.UnequalLayerCounts, "Model 'a' has 2 layers, 'deep' has 3; pick equally many with 'slices'.")]
    [TestCase(
        "merge_method: linear\nslices: [{sources: [{model: a, layer_range: [0, 1]}, {model: deep, layer_range: [0, 3]}]}]\nparameters: {weight: 1}",
        PlanProblemKind.UnequalLayerCounts, "Slice 1: 1 layers of 'a' but 3 of 'deep'; all sources of a slice have the same number.")]
    [TestCase(
        "merge_method: linear\nslices: [{sources: [{model: a, layer_range: [1, 3]}]}]\nparameters: {weight: 1}",
        PlanProblemKind.LayerRange, "Slice 1: layers [1, 3] of 'a', but it has 2 layers.")]
    [TestCase(
        "merge_method: passthrough\nslices: [{sources: [{model: flat, layer_range: [0, 1]}]}]",
        PlanProblemKind.LayerRange, "Slice 1: layers [0, 1] of 'flat', but its tensors' names have no layer numbers.")]
    [TestCase(
        "merge_method: task_arithmetic\nbase_model: a\nslices: [{sources: [{model: deep, layer_range: [1, 3]}]}]\nparameters: {weight: 1}",
        PlanProblemKind.LayerRange, "Slice 1: layers [1, 3] of 'a', but it has 2 layers.")]
    [TestCase(
        "merge_method: linear\nmodels: [{model: a}, {model: lacking}]\nparameters: {weight: 1}",
        PlanProblemKind.MissingTensor,
        "Model 'lacking' lacks tensors 'model.layers.1.mlp.up_proj.weight' and 'model.norm.weight', which other models have; 'on_mismatch: skip' leaves the model out there.")]
    [TestCase(
        "merge_method: ties\nbase_model: lacking\nmodels: [{model: a}]\nparameters: {weight: 1}\non_mismatch: skip",
        PlanProblemKind.MissingTensor,
        "Model 'lacking' lacks tensors 'model.layers.1.mlp.up_proj.weight' and 'model.norm.weight', which other models have; 'on_mismatch: skip' cannot leave out a base model.")]
    [TestCase(
        "merge_method: linear\nmodels: [{model: a}, {model: bent}]\nparameters: {weight: 1}",
        PlanProblemKind.ShapeMismatch, "Tensor 'model.norm.weight': shape [8] in a, [9] in bent.")]
    [TestCase(
        "merge_method: ties\nbase_model: big\nmodels: [{model: a}]\nparameters: {weight: 1}",
        PlanProblemKind.ShapeMismatch, "Tensors 'model.embed_tokens.weight' and 'lm_head.weight': shape [40, 8] in big, [32, 8] in a.")]
    [TestCase(
        "merge_method: passthrough\nmodels: [{model: flat}]",
        PlanProblemKind.UnmergeableType, "Tensor 'ids': type I64 cannot be merged; 'integer_tensors: copy' copies it.")]
    [TestCase(
        "merge_method: linear\nmodels: [{model: flat}, {model: flat2}]\nparameters: {weight: 1}\ninteger_tensors: copy",
        PlanProblemKind.UnmergeableType, "Tensor 'ids': type I64 in flat, F32 in flat2; integers cannot be merged.")]
    [TestCase("merge_method: linear\nmodels: [{model: empty}]\nparameters: {weight: 1}", PlanProblemKind.NoTensors, "The models have no tensors to merge.")]
    public void Plan_ReportsExactlyThis(string yaml, PlanProblemKind kind, string message)
    {
        FakeResolver resolver = Models();

        MergePlanException? error = Assert.Throws<MergePlanException>(() => new MergePlanner(resolver, MergeMethodRegistry.CreateDefault()).Plan(MergeRecipe.Parse(yaml)));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(error!.Problems, Has.Count.EqualTo(1), error.Message);
            Assert.That(error.Problems[0].Kind, Is.EqualTo(kind));
            Assert.That(error.Problems[0].Message, Is.EqualTo(message));
            Assert.That(error.Message, Is.EqualTo(message));
        }
    }

    [TestCase(DataType.F8E4M3, "8-bit floats need scales")]
    [TestCase(DataType.I64, "averages of weights are not integers")]
    public void Plan_RefusesOutputTypes(DataType type, string message)
    {
        MergeRecipe recipe = new() { Method = "linear", Models = [new MergeModel("a", ParameterSet.Empty.With("weight", 1.0))], OutputDataType = type };

        MergePlanException? error = Assert.Throws<MergePlanException>(() => new MergePlanner(Models(), MergeMethodRegistry.CreateDefault()).Plan(recipe));

        Assert.That(error!.Problems.Single().Kind, Is.EqualTo(PlanProblemKind.OutputType));
        Assert.That(error.Message, Does.Contain(message));
    }

    [Test]
    public void Plan_RefusesChoicesAndGroupsTheMethodsOwnRules()
    {
        MergeMethodRegistry methods = new MergeMethodRegistry()
            .Add(new FakeMethod("choosy", [new MergeParameter("order", ParameterKind.Text, "first") { Choices = ["first", "last"] }])
            {
                Rule = tensor => tensor.Name.Contains("mlp", StringComparison.Ordinal) ? ["No MLP can be merged like that."] : [],
            });
        MergePlanner planner = new(Models(), methods);

        MergePlanException? word = Assert.Throws<MergePlanException>(() => planner.Plan(MergeRecipe.With("choosy").Model("a").Parameter("order", "frist").Build()));
        MergePlanException? rule = Assert.Throws<MergePlanException>(() => planner.Plan(MergeRecipe.With("choosy").Model("a").Build()));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(word!.Problems.Single().Kind, Is.EqualTo(PlanProblemKind.ParameterValue));
            Assert.That(word.Message, Is.EqualTo("Parameter 'order' of the recipe is frist; allowed are first, last. Did you mean 'first'?"));
            Assert.That(rule!.Problems.Single().Kind, Is.EqualTo(PlanProblemKind.MethodRule));
            Assert.That(rule.Message, Does.StartWith("No MLP can be merged like that. (tensors 'model.layers.0.mlp.down_proj.weight', ").And.EndsWith(" and 3 more)"));
        }
    }

    [Test]
    public void Plan_ReportsAllProblemsAtOnce_AndClosesEveryModel()
    {
        FakeModel a = FakeModel.Llama();
        FakeModel bent = FakeModel.Llama(layers: 2).Remove("model.norm.weight").Add("model.layers.1.mlp.up_proj.weight", DataType.BF16, 3, 3);
        FakeResolver resolver = new(("a", a), ("bent", bent));
        MergeRecipe recipe = MergeRecipe.Parse("""
            merge_method: ties
            models:
              - {model: a, parameters: {density: 2, wieght: 1}}
              - {model: bent, parameters: {normalize: true, density: high}}
              - {model: gone}
            parameters: {lambda: .nan}
            """);

        MergePlanException? error = Assert.Throws<MergePlanException>(() => new MergePlanner(resolver, MergeMethodRegistry.CreateDefault()).Plan(recipe));

        PlanProblemKind[] expected =
        [
            PlanProblemKind.BaseModelRequired, PlanProblemKind.ParameterValue, PlanProblemKind.ParameterValue, PlanProblemKind.UnknownParameter,
            PlanProblemKind.MisplacedParameter, PlanProblemKind.ParameterKind, PlanProblemKind.ModelNotFound, PlanProblemKind.MissingParameter,
            PlanProblemKind.MissingParameter, PlanProblemKind.ShapeMismatch, PlanProblemKind.MissingTensor,
        ];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error!.Problems.Select(problem => problem.Kind), Is.EquivalentTo(expected), error.Message);
            Assert.That(error.Message, Does.StartWith("The recipe has 11 problems:\n- Method 'ties' needs a base model"));
            Assert.That(error.Problems.Single(problem => problem.Kind == PlanProblemKind.ShapeMismatch).TensorName, Is.EqualTo("model.layers.1.mlp.up_proj.weight"));
            Assert.That(error.Problems.Single(problem => problem.Kind == PlanProblemKind.ModelNotFound).Model, Is.EqualTo("gone"));
            Assert.That((a.IsDisposed, bent.IsDisposed), Is.EqualTo((true, true)));
        }
    }

    private static FakeResolver Models() => new(
        ("a", FakeModel.Llama()),
        ("b", FakeModel.Llama()),
        ("c", FakeModel.Llama()),
        ("deep", FakeModel.Llama(layers: 3)),
        ("big", FakeModel.Llama(vocabulary: 40)),
        ("lacking", FakeModel.Llama().Remove("model.norm.weight").Remove("model.layers.1.mlp.up_proj.weight")),
        ("bent", FakeModel.Llama().Add("model.norm.weight", DataType.BF16, 9)),
        ("flat", new FakeModel().Add("ids", DataType.I64, 4)),
        ("flat2", new FakeModel().Add("ids", DataType.F32, 4)),
        ("empty", new FakeModel()));
}
