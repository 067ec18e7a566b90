using System.Text.Json.Nodes;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelSdk.Testing;
using ModelTensors;
using static ModelAggregation.Tests.Merging.Engine.MergeRig;

namespace ModelAggregation.Tests.Merging;

/// <summary>Modules: which tensors they take, the scopes of their parameters, their layers, their configuration.</summary>
public sealed class ModuleTests
{
    [Test]
    public void Modules_TakeTensorsByTheirNames_AndDefaultTheRest()
    {
        MergeRecipe recipe = MergeRecipe.With("linear").Parameter("weight", 1)
            .Module("text_decoder", module => module.Model("a").Model("b"))
            .Module("vision_tower", module => module.Model("b"))
            .Module(MergeModule.Default, module => module.Model("a"))
            .Build();

        using MergePlan plan = Plan(recipe, ("a", Seeing()), ("b", Seeing()));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Models(plan, "language_model.model.layers.1.mlp.up_proj.weight"), Is.EqualTo((string[])["a", "b"]));
            Assert.That(Models(plan, "lm_head.weight"), Is.EqualTo((string[])["a", "b"]));
            Assert.That(Models(plan, "model.vision_tower.layers.2.weight"), Is.EqualTo((string[])["b"]));
            Assert.That(Models(plan, "multi_modal_projector.weight"), Is.EqualTo((string[])["a"]));
            Assert.That(plan.Tensors, Has.Count.EqualTo(Seeing().Names.Count));
            Assert.That(plan.LayerCount, Is.EqualTo(5), "two of text, three of vision");
            Assert.That(plan.Warnings, Is.Empty);
            Assert.That(plan.Tensors.Select(tensor => tensor.Name).TakeLast(1), Is.EqualTo((string[])["multi_modal_projector.weight"]), "module by module");
        }
    }

    [TestCase("vision_tower.vision_model.encoder.layers", "vision_tower.vision_model.encoder.layers.0.weight", true)]
    [TestCase("encoder", "model.encoder.layers.0.weight", true)]
    [TestCase("vision_tower", "visual.blocks.0.weight", true)]
    [TestCase("vision_tower", "visually.blocks.0.weight", false)]
    [TestCase("text_decoder", "model.language_model.layers.0.weight", true)]
    [TestCase("audio_tower", "audio_tower.layers.0.weight", true)]
    [TestCase("multi_modal_projector", "model.mm_projector.0.weight", true)]
    [TestCase("multi_modal_projector", "multi_modal_projectors.0.weight", false)]
    public void ANameWithoutPrefix_FitsByConvention(string module, string tensor, bool isTaken)
    {
        MergeRecipe recipe = MergeRecipe.With("linear").Parameter("weight", 1)
            .Module(module, part => part.Model("a")).Module(MergeModule.Default, part => part.Model("a").Model("b")).Build();
        FakeModel Model() => new FakeModel().Add(tensor, DataType.F32, 4).Add($"{module}.other", DataType.F32, 4).Add("rest", DataType.F32, 4);

        using MergePlan plan = Plan(recipe, ("a", Model()), ("b", Model()));

        Assert.That(Models(plan, tensor), Has.Length.EqualTo(isTaken ? 1 : 2));
        Assert.That(Models(plan, $"{module}.other"), Has.Length.EqualTo(1));
    }

    [Test]
    public void TheLongestPrefixDecides_InWholeComponents()
    {
        MergeRecipe recipe = MergeRecipe.With("linear").Parameter("weight", 1)
            .Module("all", module => module.Prefix("model").Model("a"))
            .Module("inner", module => module.Prefix("model.inner.", "other").Model("b"))
            .Build();
        FakeModel Model() => new FakeModel().Add("model.x", DataType.F32, 1).Add("model.inner.x", DataType.F32, 1)
            .Add("model.innermost.x", DataType.F32, 1).Add("other", DataType.F32, 1).Add("others.x", DataType.F32, 1);

        using MergePlan plan = Plan(recipe, ("a", Model()), ("b", Model()));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Models(plan, "model.x").Concat(Models(plan, "model.innermost.x")), Is.EqualTo((string[])["a", "a"]));
            Assert.That(Models(plan, "model.inner.x").Concat(Models(plan, "other")), Is.EqualTo((string[])["b", "b"]));
            Assert.That(plan.Tensors, Has.Count.EqualTo(4));
            Assert.That(plan.Warnings, Is.EqualTo((string[])[
                "Not written, because no module takes them: tensor 'others.x'. A module 'default' takes what no other does."]));
        }
    }

    [Test]
    public void TheNarrowestScopeDecides_FromSourceToSliceToModuleToRecipe()
    {
        MergeRecipe recipe = MergeRecipe.Parse("""
            merge_method: linear
            modules:
              text_decoder:
                slices:
                  - sources:
                      - {model: a, layer_range: [0, 1], parameters: {weight: [{filter: down_proj, value: 1}]}}
                    parameters: {weight: [{filter: up_proj, value: 2}]}
                  - sources:
                      - {model: a, layer_range: [1, 2]}
                parameters:
                  weight: [{filter: gate_proj, value: 3}, {filter: up_proj, value: 30}]
                  normalize: false
              default:
                models: [{model: a}]
            parameters:
              weight: [{filter: gate_proj, value: 40}, {value: 4}]
            """);

        using MergePlan plan = Plan(recipe, ("a", Seeing()));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Weight(plan, "language_model.model.layers.0.mlp.down_proj.weight"), Is.EqualTo(1));
            Assert.That(Weight(plan, "language_model.model.layers.0.mlp.up_proj.weight"), Is.EqualTo(2));
            Assert.That(Weight(plan, "language_model.model.layers.0.mlp.gate_proj.weight"), Is.EqualTo(3));
            Assert.That(Weight(plan, "language_model.model.layers.1.mlp.up_proj.weight"), Is.EqualTo(30));
            Assert.That(Weight(plan, "language_model.model.layers.0.self_attn.q_proj.weight"), Is.EqualTo(4));
            Assert.That(Weight(plan, "multi_modal_projector.weight"), Is.EqualTo(4));
            Assert.That(Find(plan, "language_model.model.norm.weight").Parameters.Flag("normalize"), Is.False);
            Assert.That(Find(plan, "multi_modal_projector.weight").Parameters.Flag("normalize"), Is.True);
        }
    }

    [Test]
    public void ASlicedModule_CountsItsOwnLayers_AlsoInTheConfiguration()
    {
        MergeRecipe recipe = MergeRecipe.With("passthrough")
            .Module("text_decoder", module => module.Slice(slice => slice.Layers("a", 0, 2)).Slice(slice => slice.Layers("a", 1, 2)))
            .Module("vision_tower", module => module.Slice(slice => slice.Layers("a", 2, 3)))
            .Module(MergeModule.Default, module => module.Model("a"))
            .Build();

        using MergePlan plan = Plan(recipe, ("a", Seeing()));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Find(plan, "language_model.model.layers.2.mlp.up_proj.weight").Inputs[0].TensorName, Is.EqualTo("language_model.model.layers.1.mlp.up_proj.weight"));
            Assert.That(Find(plan, "model.vision_tower.layers.0.weight").Inputs[0].TensorName, Is.EqualTo("model.vision_tower.layers.2.weight"));
            Assert.That(plan.LayerCount, Is.EqualTo(4));
            Assert.That(plan.Config!["text_config"]!["num_hidden_layers"]!.GetValue<int>(), Is.EqualTo(3));
            Assert.That(plan.Config!["text_config"]!["layer_types"]!.ToJsonString(), Is.EqualTo("""["x","y","y"]"""));
            Assert.That(plan.Config!["vision_config"]!["depth"]!.GetValue<int>(), Is.EqualTo(1));
            Assert.That(plan.Config!.ContainsKey("num_hidden_layers"), Is.False);
            Assert.That(plan.Warnings, Is.Empty);
        }
    }

    [Test]
    public void ASlicedModel_WhoseTextIsDescribedInASection_HasItsCountThere()
    {
        MergeRecipe recipe = MergeRecipe.With("passthrough").Slice(slice => slice.Layers("a", 0, 2)).Slice(slice => slice.Layers("a", 0, 2)).Build();
        FakeModel model = FakeModel.Llama();
        model.Document = new JsonObject { ["text_config"] = new JsonObject { ["num_hidden_layers"] = 2 } };

        using MergePlan plan = Plan(recipe, ("a", model));

        Assert.That(plan.Config!["text_config"]!["num_hidden_layers"]!.GetValue<int>(), Is.EqualTo(4));
    }

    [Test]
    public void ASlicedModule_ThatTheConfigurationDoesNotCount_IsAWarning()
    {
        MergeRecipe recipe = MergeRecipe.With("passthrough")
            .Module("vision_tower", module => module.Slice(slice => slice.Layers("a", 0, 1))).Module(MergeModule.Default, module => module.Model("a")).Build();
        FakeModel model = Seeing();
        model.Document!.Remove("vision_config");

        using MergePlan plan = Plan(recipe, ("a", model));

        Assert.That(plan.Warnings, Is.EqualTo((string[])[
            "Module 'vision_tower': config.json has no count of layers for the module, which has 1 now where model 'a' has 3."]));
        Assert.That(plan.Config!["text_config"]!["num_hidden_layers"]!.GetValue<int>(), Is.EqualTo(2));
    }

    [Test]
    public void AModule_MayHaveABaseModelOfItsOwn()
    {
        MergeRecipe recipe = MergeRecipe.With("task_arithmetic").Base("a").Parameter("weight", 1)
            .Module("vision_tower", module => module.Base("b").Model("c"))
            .Module(MergeModule.Default, module => module.Model("c"))
            .Build();

        using MergePlan plan = Plan(recipe, ("a", Seeing()), ("b", Seeing()), ("c", Seeing()));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Models(plan, "model.vision_tower.layers.0.weight"), Is.EqualTo((string[])["c", "b"]));
            Assert.That(Find(plan, "model.vision_tower.layers.0.weight").BaseIndex, Is.EqualTo(1));
            Assert.That(Models(plan, "multi_modal_projector.weight"), Is.EqualTo((string[])["c", "a"]));
        }
    }

    [Test]
    public void Problems_NameTheModule_AndAreReportedAtOnce()
    {
        MergeRecipe recipe = MergeRecipe.With("ties").Parameter("density", 0.5)
            .Module("text_decoder", module => module.Model("a", model => model.Parameter("wieght", 1)).Model("deep").Parameter("lambda", double.NaN))
            .Module("audio_tower", module => module.Base("a").Model("a"))
            .Module("twice", module => module.Prefix("language_model").Model("a"))
            .Build();
        FakeModel deep = Seeing();
        deep.Add("language_model.model.layers.2.mlp.up_proj.weight", DataType.F32, 2);

        MergePlanException error = Assert.Throws<MergePlanException>(() => Plan(recipe, ("a", Seeing()), ("deep", deep)).Dispose())!;

        string[] messages = [.. error.Problems.Select(problem => problem.Message)];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(messages, Does.Contain("Method 'ties' needs a base model for module 'text_decoder'; give one as 'base_model'."));
            Assert.That(messages, Does.Contain("Module 'audio_tower': Method 'ties' merges at least 2 models, the base model included; the recipe has 1."));
            Assert.That(messages, Has.Some.StartsWith("Parameter 'lambda' of module 'text_decoder' is .nan;"));
            Assert.That(messages, Does.Contain("Unknown parameter 'wieght' of module 'text_decoder', model 'a'. Did you mean 'weight'?"));
            Assert.That(messages, Has.Some.StartsWith("Module 'audio_tower' takes no tensor: no name begins with 'audio_tower', 'model.audio_tower', 'audio_model',"));
            Assert.That(messages, Has.Some.EndsWith("names of tensors begin with language_model, lm_head, model.vision_tower, multi_modal_projector."));
            Assert.That(messages, Has.Some.StartsWith("Modules 'text_decoder' and 'twice' both take tensors 'language_model.").And.Some.EndsWith("tell them apart with 'prefix'."));
            Assert.That(error.Problems.Select(problem => problem.Kind), Does.Contain(PlanProblemKind.EmptyModule));
        }
    }

    [Test]
    public void UnequalLayers_AreCountedWithinTheModule()
    {
        MergeRecipe recipe = MergeRecipe.With("linear").Parameter("weight", 1)
            .Module("vision_tower", module => module.Model("a").Model("deep")).Module(MergeModule.Default, module => module.Model("a").Model("deep")).Build();
        FakeModel deep = Seeing().Add("model.vision_tower.layers.3.weight", DataType.F32, 4);

        MergePlanException error = Assert.Throws<MergePlanException>(() => Plan(recipe, ("a", Seeing()), ("deep", deep)).Dispose())!;

        Assert.That(error.Message, Is.EqualTo("Module 'vision_tower': Model 'a' has 3 layers, 'deep' has 4; pick equally many with 'slices'."));
    }

    [Test]
    public void Shape_IsExactlyOneOfThem_InRecipesAndModules()
    {
        RecipeException error = Assert.Throws<RecipeException>(() => MergeRecipe.With("linear").Model("a")
            .Module("x", module => module.Model("a").Slice(slice => slice.Layers("a", 0, 1).Layers("b", 0, 2)))
            .Module("x", _ => { })
            .Build())!;

        Assert.That(error.Message, Is.EqualTo(
            "A recipe has exactly one of 'models', 'slices' and 'modules'; this one has 'models' and 'modules'. "
            + "2 modules have the name 'x'. "
            + "Module 'x' has exactly one of 'models' and 'slices'; this one has 'models' and 'slices'. "
            + "Module 'x': slice 1: 1 layers of 'a' but 2 of 'b'; all sources of a slice have the same number. "
            + "Module 'x' has exactly one of 'models' and 'slices'; this one has none."));
    }

    [Test]
    public void BuilderAndYaml_MakeTheSameRecipe()
    {
        MergeRecipe built = MergeRecipe.With("linear").Base("a")
            .Module("text_decoder", module => module.Prefix("model.language_model", "lm_head").Base("b").Model("c", weight: 1)
                .Parameter("weight", ("mlp", 0.5)).Parameter("normalize", false))
            .Module("vision tower", module => module.Prefix("v").Slice(slice => slice.Layers("c", 0, 2)).Parameter("weight", [1, 2]))
            .Build();
        MergeRecipe parsed = MergeRecipe.Parse("""
            merge_method: linear
            base_model: a
            modules:
              text_decoder:
                prefix: [model.language_model, lm_head]
                base_model: b
                models: [{model: c, parameters: {weight: 1}}]
                parameters: {weight: [{filter: mlp, value: 0.5}], normalize: false}
              vision tower:
                prefix: v
                slices: [{sources: [{model: c, layer_range: [0, 2]}]}]
                parameters: {weight: [1, 2]}
            """);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(built, Is.EqualTo(parsed));
            Assert.That(built.GetHashCode(), Is.EqualTo(parsed.GetHashCode()));
            Assert.That(MergeRecipe.Parse(built.ToYaml()), Is.EqualTo(built));
            Assert.That(built with { Modules = [built.Modules[0], built.Modules[1] with { Prefixes = ["w"] }] }, Is.Not.EqualTo(built));
            Assert.That(built with { Modules = [built.Modules[0] with { BaseModel = null }, built.Modules[1]] }, Is.Not.EqualTo(built));
        }
    }

    [Test]
    public void ThePlansHash_KnowsTheModules_AndNoPaths()
    {
        using MergePlan plan = Plan(Recipe("a", 1), ("a", Seeing()));
        using MergePlan same = Plan(Recipe("/somewhere/a", 1), ("/somewhere/a", Seeing()));
        using MergePlan other = Plan(Recipe("a", 2), ("a", Seeing()));

        Assert.That(same.Hash, Is.EqualTo(plan.Hash));
        Assert.That(other.Hash, Is.Not.EqualTo(plan.Hash));

        static MergeRecipe Recipe(string model, double scale) => MergeRecipe.With("passthrough")
            .Module("vision_tower", module => module.Model(model).Parameter("scale", scale)).Module(MergeModule.Default, module => module.Model(model)).Build();
    }

    [Test]
    public void Values_AreMergedModuleByModule()
    {
        using TestModel a = new TestModel().Add("vision_tower.w", 1, 2).Add("language_model.w", 10, 20);
        using TestModel b = new TestModel().Add("vision_tower.w", 3, 4).Add("language_model.w", 30, 60);
        MergeRecipe recipe = MergeRecipe.With("linear")
            .Module("vision_tower", module => module.Model("a", weight: 1).Model("b", weight: 1))
            .Module("text_decoder", module => module.Model("a", weight: 1).Model("b", weight: 3))
            .Build();

        Dictionary<string, byte[]> merged = Merge(recipe, ("a", a), ("b", b));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Floats(merged["vision_tower.w"]), Is.EqualTo((float[])[2, 3]));
            Assert.That(Floats(merged["language_model.w"]), Is.EqualTo((float[])[25, 50]), "(10 + 3·30) / 4, (20 + 3·60) / 4");
        }

        static float[] Floats(byte[] bytes) => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes).ToArray();
    }

    /// <summary>A model of two layers of text, three of vision, and a projector between them.</summary>
    private static FakeModel Seeing()
    {
        FakeModel text = FakeModel.Llama(layers: 2, type: DataType.F32);
        FakeModel model = new()
        {
            Document = new JsonObject
            {
                ["text_config"] = new JsonObject { ["num_hidden_layers"] = 2, ["layer_types"] = new JsonArray("x", "y") },
                ["vision_config"] = new JsonObject { ["depth"] = 3 },
            },
        };
        foreach (string name in text.Names)
        {
            Assert.That(text.TryGet(name, out TensorSource? source));
            model.Add(name.StartsWith("model.", StringComparison.Ordinal) ? $"language_{name}".Replace("language_model", "language_model.model", StringComparison.Ordinal) : name, source!);
        }

        for (int layer = 0; layer < 3; layer++)
        {
            model.Add($"model.vision_tower.layers.{layer}.weight", DataType.F32, 4);
        }

        return model.Add("multi_modal_projector.weight", DataType.F32, 4);
    }

    private static MergePlan Plan(MergeRecipe recipe, params (string Name, FakeModel Model)[] models) =>
        new MergePlanner(new FakeResolver(models), MergeMethodRegistry.CreateDefault()).Plan(recipe);

    private static PlannedTensor Find(MergePlan plan, string name) => plan.Tensors.Single(tensor => string.Equals(tensor.Name, name, StringComparison.Ordinal));

    private static string[] Models(MergePlan plan, string name) => [.. Find(plan, name).Inputs.Select(input => input.Model)];

    private static double Weight(MergePlan plan, string name) => Find(plan, name).Inputs[0].Parameters.Number("weight");
}
