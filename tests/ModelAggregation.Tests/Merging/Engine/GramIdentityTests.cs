using System.Runtime.InteropServices;
using ModelAggregation.Merging.Recipes;
using ModelSdk.Testing;
using ModelTensors;
using static ModelAggregation.Tests.Merging.Engine.MergeRig;

namespace ModelAggregation.Tests.Merging.Engine;

/// <summary>What must hold of the methods of inner products and distances whatever the weights are, and where the reference goes wrong.</summary>
public sealed class GramIdentityTests
{
    private const string Tensor = "layers.0.weight";

    private static readonly string[] WithBase = ["multislerp", "model_stock", "nearswap", "ram", "ramplus_tl"];

    [Test]
    public void AModelMergedWithItself_IsItself([Values("nuslerp", "multislerp", "karcher", "model_stock", "nearswap", "ram", "ramplus_tl")] string method)
    {
        using TestModel model = Random(1, tensors: 1, type: DataType.BF16);
        MergeRecipeBuilder recipe = MergeRecipe.With(method);
        recipe = method switch
        {
            "nuslerp" or "multislerp" => recipe.Model("a", weight: 0.3).Model("b", weight: 0.9),
            "karcher" => recipe.Model("a").Model("b"),
            "nearswap" => recipe.Base("a").Model("b").Parameter("t", 1e-7),
            _ => recipe.Base("a").Model("b").Model("c"),
        };

        byte[] actual = Merge(recipe.Build(), ("a", model), ("b", model), ("c", model))[Tensor];

        Assert.That(actual.AsSpan().SequenceEqual(TensorBytes.Read(model[Tensor].Source)));
    }

    [Test]
    public void WhereNothingWasTuned_TheBaseRemains([ValueSource(nameof(WithBase))] string method)
    {
        using TestModel origin = Random(1, tensors: 1);
        MergeRecipeBuilder recipe = MergeRecipe.With(method).Base("base");
        recipe = method switch
        {
            "multislerp" => recipe.Model("a", weight: 1).Model("b", weight: 1).Model("c", weight: 1),
            "nearswap" => recipe.Model("a").Parameter("t", 0.1),
            _ => recipe.Model("a").Model("b").Model("c"),
        };

        byte[] actual = Merge(recipe.Build(), ("base", origin), ("a", origin), ("b", origin), ("c", origin))[Tensor];

        Assert.That(actual.AsSpan().SequenceEqual(TensorBytes.Read(origin[Tensor].Source)));
    }

    [Test]
    public void TheOrderOfModels_DoesNotMatter([Values("nuslerp", "multislerp", "karcher", "model_stock", "ram", "ramplus_tl")] string method)
    {
        using TestModel origin = Random(1, tensors: 1);
        using TestModel a = Random(2, tensors: 1);
        using TestModel b = Random(3, tensors: 1);
        float[] Run(params string[] order)
        {
            MergeRecipeBuilder recipe = MergeRecipe.With(method);
            recipe = method is "karcher" ? recipe : recipe.Base("base");
            foreach (string name in order)
            {
                recipe = method is "nuslerp" or "multislerp" ? recipe.Model(name, weight: name is "a" ? 0.6 : 0.25) : recipe.Model(name);
            }

            return MemoryMarshal.Cast<byte, float>(Merge(recipe.Build(), ("base", origin), ("a", a), ("b", b))[Tensor]).ToArray();
        }

        // Sums of two products are rounded in another order: by half a unit of the larger product at most.
        float[] forth = Run("a", "b");
        float[] back = Run("b", "a");
        Assert.That(forth.Zip(back, (left, right) => Math.Abs(left - right)).Max(), Is.LessThan(5e-7f));
    }

    [Test]
    public void Karcher_AndMultiSlerp_KeepTheMeanLength()
    {
        using TestModel a = Random(2, tensors: 1);
        using TestModel b = Random(3, tensors: 1);
        double Norm(ReadOnlySpan<byte> bytes) => Math.Sqrt(MemoryMarshal.Cast<byte, float>(bytes).ToArray().Sum(value => (double)value * value));
        double expected = (Norm(TensorBytes.Read(a[Tensor].Source)) + Norm(TensorBytes.Read(b[Tensor].Source))) / 2;

        Assert.That(Norm(Merge(MergeRecipe.With("karcher").Model("a").Model("b").Build(), ("a", a), ("b", b))[Tensor]), Is.EqualTo(expected).Within(1e-4).Percent);
        Assert.That(
            Norm(Merge(MergeRecipe.With("multislerp").Model("a", weight: 1).Model("b", weight: 1).Build(), ("a", a), ("b", b))[Tensor]),
            Is.EqualTo(expected).Within(1e-4).Percent);
    }

    // The reference takes the product of two norms for at least 1e-6.
    [Test]
    public void ModelStock_OfSmallDifferences_IsThatOfLargeOnes_MadeSmall([Values(-20, -50)] int exponent, [Values] bool filterWise)
    {
        float scale = MathF.ScaleB(1, exponent);
        float[][] values = [.. Enumerable.Range(0, 3).Select(seed => Enumerable.Range(0, 600).Select(i => ((((i * (seed + 3)) + seed) % 17) - 5) / 8f).ToArray())];
        byte[] Run(float factor)
        {
            using TestModel origin = new TestModel().Add("w", DataType.F32, [20, 30], new float[600]);
            using TestModel a = new TestModel().Add("w", DataType.F32, [20, 30], [.. values[0].Select(value => value * factor)]);
            using TestModel b = new TestModel().Add("w", DataType.F32, [20, 30], [.. values[1].Select(value => value * factor)]);
            using TestModel c = new TestModel().Add("w", DataType.F32, [20, 30], [.. values[2].Select(value => value * factor)]);
            return Merge(
                MergeRecipe.With("model_stock").Base("base").Model("a").Model("b").Model("c").Parameter("filter_wise", filterWise).Build(),
                ("base", origin), ("a", a), ("b", b), ("c", c))["w"];
        }

        float[] large = MemoryMarshal.Cast<byte, float>(Run(1)).ToArray();
        float[] small = MemoryMarshal.Cast<byte, float>(Run(scale)).ToArray();

        Assert.That(large.Count(value => value != 0), Is.GreaterThan(300));
        Assert.That(small, Is.EqualTo(large.Select(value => value * scale)));
    }

    // The reference divides by zero, and nearby by what is left of it after rounding.
    [Test]
    public void ModelStock_OfOpposedDifferences_IsTheBase([Values(DataType.F32, DataType.BF16)] DataType type, [Values(-1f, -0.37f)] float factor, [Values] bool filterWise)
    {
        using TestModel origin = Opposed(0, type);
        using TestModel a = Opposed(1, type);
        using TestModel b = Opposed(factor, type);

        byte[] actual = Merge(
            MergeRecipe.With("model_stock").Base("base").Model("a").Model("b").Parameter("filter_wise", filterWise).Build(), ("base", origin), ("a", a), ("b", b))["w"];

        Assert.That(actual, Is.All.Zero);
    }

    [Test]
    public void ModelStock_OfDifferencesAtTheSmallestCosine_IsTheBase()
    {
        using TestModel origin = W(1, 1);
        using TestModel a = W(3, 1);
        using TestModel b = W(0, 1 + 1.7320508f);
        using TestModel c = W(0, 1 - 1.7320508f);

        // At 120° from each other: the cosine is −1/2, the pole of three.
        float[] actual = Values(MergeRecipe.With("model_stock").Base("base").Model("a").Model("b").Model("c").Build(), ("base", origin), ("a", a), ("b", b), ("c", c));

        Assert.That(actual, Is.EqualTo((float[])[1, 1]));
    }

    // The reference's guard lets the rounding of the cosine through: results of 6e6 from inputs of 1.
    [Test]
    public void NuSlerp_OfAntiparallelVectors_IsTheirWeightedMean(
        [Values(DataType.F32, DataType.BF16)] DataType type, [Values(-1f, -0.37f, -3.1f)] float factor, [Values] bool flatten, [Values] bool rowWise)
    {
        using TestModel a = Opposed(1, type);
        using TestModel b = Opposed(factor, type);

        byte[] actual = Merge(
            MergeRecipe.With("nuslerp").Model("a", weight: 1).Model("b", weight: 3)
                .Parameter("nuslerp_flatten", flatten).Parameter("nuslerp_row_wise", rowWise).OutputType(DataType.F32).Build(),
            ("a", a), ("b", b))["w"];

        float[] expected = [.. a["w"].ToSingles().Zip(b["w"].ToSingles(), (left, right) => MathF.FusedMultiplyAdd(0.75f, right, 0.25f * left))];
        Assert.That(MemoryMarshal.Cast<byte, float>(actual).ToArray(), Is.EqualTo(expected));
    }

    private static TestModel Opposed(float factor, DataType type) =>
        new TestModel().Add("w", type, [23, 35], [.. Enumerable.Range(0, 23 * 35).Select(i => factor * (1 + MathF.Sin(i)))]);
}
