using ModelAggregation.Merging;
using ModelAggregation.Merging.Recipes;
using ModelTensors;

namespace ModelAggregation.Tests.Merging;

public sealed class MergeRecipeBuilderTests
{
    [Test]
    public void Builder_MakesTheSameRecipeAsYaml()
    {
        MergeRecipe built = MergeRecipe.With("ties").Base("a-base")
            .Model("a-reverse", weight: 0.5, density: 0.4)
            .Model("a-sort", model => model.Parameter("weight", [0.2, 0.8]).Parameter("density", ("mlp", 0.5), ("*", 1)))
            .Parameter("lambda", 0.8)
            .Parameter("normalize", false)
            .Type(DataType.F32).OutputType(DataType.BF16).Seed(7)
            .NonFinite(NonFinitePolicy.Allow).OnMismatch(MismatchPolicy.Skip).IntegerTensors(IntegerPolicy.Copy)
            .Build();

        MergeRecipe parsed = MergeRecipe.Parse("""
            merge_method: ties
            base_model: a-base
            models:
              - model: a-reverse
                parameters: {weight: 0.5, density: 0.4}
              - model: a-sort
                parameters: {weight: [0.2, 0.8], density: [{filter: mlp, value: 0.5}, {filter: "*", value: 1}]}
            parameters: {lambda: 0.8, normalize: false}
            dtype: float32
            out_dtype: bfloat16
            random_seed: 7
            non_finite: allow
            on_mismatch: skip
            integer_tensors: copy
            """);
        Assert.That(built, Is.EqualTo(parsed));
        Assert.That(built.GetHashCode(), Is.EqualTo(parsed.GetHashCode()));
    }

    [Test]
    public void Builder_MakesSlices()
    {
        MergeRecipe built = MergeRecipe.With("linear")
            .Slice(slice => slice.Layers("m1", 0, 4).Layers("m2", 2, 6, layers => layers.Parameter("weight", 0.25)).Parameter("weight", [1, 0]))
            .Slice(slice => slice.Layers("m1", 4, 6).Parameter("weight", ("mlp", 1), ("*", 0.5)).Parameter("normalize", false))
            .Parameter("weight", ("mlp", 0.1), ("*", 0.2))
            .Parameter("scale", [1, 2, 3])
            .Build();

        Assert.That(built, Is.EqualTo(MergeRecipe.Parse("""
            merge_method: linear
            slices:
              - sources:
                  - {model: m1, layer_range: [0, 4]}
                  - {model: m2, layer_range: [2, 6], parameters: {weight: 0.25}}
                parameters: {weight: [1, 0]}
              - sources:
                  - {model: m1, layer_range: [4, 6]}
                parameters: {weight: [{filter: mlp, value: 1}, {filter: "*", value: 0.5}], normalize: false}
            parameters: {weight: [{filter: mlp, value: 0.1}, {filter: "*", value: 0.2}], scale: [1, 2, 3]}
            """)));
    }

    [Test]
    public void Recipes_ThatDiffer_AreNotEqual()
    {
        MergeRecipe recipe = MergeRecipe.With("linear").Model("a", weight: 1).Build();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(recipe, Is.Not.EqualTo(MergeRecipe.With("linear").Model("a", weight: 2).Build()));
            Assert.That(recipe, Is.Not.EqualTo(recipe with { Seed = 1 }));
            Assert.That(recipe, Is.Not.EqualTo(recipe with { BaseModel = "a" }));
            Assert.That(recipe, Is.EqualTo(recipe with { Seed = 0 }));
        }
    }

    [Test]
    public void Build_ListsEveryProblem()
    {
        MergeRecipeBuilder builder = MergeRecipe.With("linear").OutputType(DataType.F8E4M3)
            .Model("a").Slice(slice => slice.Layers("a", 0, 2).Layers("b", 0, 3)).Slice(_ => { });

        RecipeException? error = Assert.Throws<RecipeException>(() => builder.Build());

        using (Assert.EnterMultipleScope())
        {
            Assert.That(error!.Message, Does.Contain("exactly one of 'models', 'slices' and 'modules'; this one has 'models' and 'slices'."));
            Assert.That(error.Message, Does.Contain("Slice 1: 2 layers of 'a' but 3 of 'b'"));
            Assert.That(error.Message, Does.Contain("Slice 2 has no sources."));
            Assert.That(error.Message, Does.Contain("8-bit floats need scales"));
            Assert.That(error.Line, Is.Zero);
        }
    }

    [Test]
    public void Arguments_AreCheckedAtOnce()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => MergeRecipe.With(" "), Throws.ArgumentException);
            Assert.That(() => MergeRecipe.With("linear").Model(""), Throws.ArgumentException);
            Assert.That(() => MergeRecipe.With("linear").Base(""), Throws.ArgumentException);
            Assert.That(() => MergeRecipe.With("linear").Parameter("", 1), Throws.ArgumentException);
            Assert.That(() => MergeRecipe.With("linear").Parameter("weight", Array.Empty<double>()), Throws.ArgumentException);
            Assert.That(() => MergeRecipe.With("linear").Slice(slice => slice.Layers("a", -1, 2)), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => MergeRecipe.With("linear").Slice(slice => slice.Layers("a", 2, 2)), Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }
}
