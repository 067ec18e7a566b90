using System.Runtime.InteropServices;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Recipes;
using ModelSdk.Testing;
using ModelTensors;
using static ModelAggregation.Tests.Merging.Engine.MergeRig;

namespace ModelAggregation.Tests.Merging.Engine;

/// <summary>What must hold whatever the weights are.</summary>
public sealed class MethodIdentityTests
{
    private static readonly string[] TaskMethods = ["task_arithmetic", "ties", "dare_ties", "dare_linear", "della", "della_linear"];

    [Test]
    public void AModelMergedWithItself_IsItself_ByteForByte([Values("linear", "slerp", "task_arithmetic", "ties", "dare_ties", "dare_linear", "della", "della_linear")] string method)
    {
        using TestModel model = AnyBFloat16();
        MergeRecipeBuilder recipe = MergeRecipe.With(method);
        recipe = method switch
        {
            "linear" => recipe.Model("a", weight: 0.3).Model("b", weight: 0.9),
            "slerp" => recipe.Base("a").Model("b").Parameter("t", 0.37),
            "task_arithmetic" => recipe.Base("a").Model("b", weight: 0.3),
            _ => recipe.Base("a").Model("b", weight: 0.3, density: 0.5),
        };

        byte[] actual = Merge(recipe.Build(), ("a", model), ("b", model))["w"];

        Assert.That(actual.AsSpan().SequenceEqual(TensorBytes.Read(model["w"].Source)));
    }

    [Test]
    public void WithLambdaZero_TheBaseRemains([ValueSource(nameof(TaskMethods))] string method)
    {
        using TestModel origin = Random(1, tensors: 1);
        using TestModel other = Random(2, tensors: 1);

        byte[] actual = Merge(MergeRecipe.With(method).Base("base").Model("a", weight: 0.7).Parameter("lambda", 0.0).Build(), ("base", origin), ("a", other))["layers.0.weight"];

        Assert.That(actual.AsSpan().SequenceEqual(TensorBytes.Read(origin["layers.0.weight"].Source)));
    }

    [Test]
    public void WithDensityOne_TiesDareAndDellaAgree([Values] bool normalize)
    {
        using TestModel origin = Random(1, tensors: 1);
        using TestModel a = Random(2, tensors: 1);
        using TestModel b = Random(3, tensors: 1);

        byte[][] results = [.. ((string[])["ties", "dare_ties", "della"]).Select(method => Merge(
            MergeRecipe.With(method).Base("base").Model("a", weight: 0.7).Model("b", weight: 0.4).Parameter("normalize", normalize).Build(),
            ("base", origin), ("a", a), ("b", b))["layers.0.weight"])];

        Assert.That(results[1].AsSpan().SequenceEqual(results[0]));
        Assert.That(results[2].AsSpan().SequenceEqual(results[0]));
    }

    [Test]
    public void WithDensityOne_DareLinearDellaLinearAndTaskArithmeticAgree([Values] bool normalize)
    {
        using TestModel origin = Random(1, tensors: 1);
        using TestModel a = Random(2, tensors: 1);
        using TestModel b = Random(3, tensors: 1);

        byte[][] results = [.. ((string[])["task_arithmetic", "dare_linear", "della_linear"]).Select(method => Merge(
            MergeRecipe.With(method).Base("base").Model("a", weight: 0.7).Model("b", weight: 0.4).Parameter("normalize", normalize).Build(),
            ("base", origin), ("a", a), ("b", b))["layers.0.weight"])];

        Assert.That(results[1].AsSpan().SequenceEqual(results[0]));
        Assert.That(results[2].AsSpan().SequenceEqual(results[0]));
    }

    [Test]
    public void TheOrderOfModels_DoesNotMatter([Values("linear", "task_arithmetic", "ties", "dare_ties", "dare_linear", "della", "della_linear")] string method)
    {
        using TestModel origin = Random(1, tensors: 1);
        using TestModel a = Random(2, tensors: 1);
        using TestModel b = Random(3, tensors: 1);
        float[] Run(params string[] order)
        {
            MergeRecipeBuilder recipe = MergeRecipe.With(method);
            recipe = method is "linear" ? recipe : recipe.Base("base");
            foreach (string name in order)
            {
                double weight = name is "a" ? 0.6 : 0.25;
                recipe = method is not ("linear" or "task_arithmetic") ? recipe.Model(name, weight, density: 0.4) : recipe.Model(name, weight);
            }

            return MemoryMarshal.Cast<byte, float>(Merge(recipe.Build(), ("base", origin), ("a", a), ("b", b))["layers.0.weight"]).ToArray();
        }

        // Sums of two products are rounded in another order: by half a unit of the larger product at most.
        float[] forth = Run("a", "b");
        float[] back = Run("b", "a");
        Assert.That(forth.Zip(back, (left, right) => Math.Abs(left - right)).Max(), Is.LessThan(5e-7f));
    }

    [TestCase(0.0, "x")]
    [TestCase(1.0, "y")]
    public void Slerp_AtItsEnds_IsTheModelThere(double t, string end)
    {
        using TestModel x = Random(1, tensors: 1, type: DataType.BF16);
        using TestModel y = Random(2, tensors: 1, type: DataType.BF16);

        byte[] actual = Merge(MergeRecipe.With("slerp").Base("x").Model("y").Parameter("t", t).Build(), ("x", x), ("y", y))["layers.0.weight"];

        Assert.That(actual.AsSpan().SequenceEqual(TensorBytes.Read((end is "x" ? x : y)["layers.0.weight"].Source)));
    }

    [Test]
    public void Passthrough_CopiesEveryBitPattern_ButQuietsNaN([Values(DataType.BF16, DataType.F16)] DataType type)
    {
        ushort[] patterns = [.. Enumerable.Range(0, 1 << 16).Select(bits => (ushort)bits)];
        int infinity = type == DataType.BF16 ? 0x7F80 : 0x7C00;
        using TestModel model = new TestModel().AddBytes("w", type, [256, 256], MemoryMarshal.AsBytes(patterns.AsSpan()));

        byte[] actual = Merge(MergeRecipe.With("passthrough").Model("a").NonFinite(NonFinitePolicy.Allow).Build(), ("a", model))["w"];

        ushort[] copied = MemoryMarshal.Cast<byte, ushort>(actual).ToArray();
        Assert.That(
            patterns.Where(bits => (bits & 0x7FFF) > infinity ? (copied[bits] & 0x7FFF) <= infinity : copied[bits] != bits).Select(bits => bits.ToString("X4")),
            Is.Empty);
    }

    // Every finite pattern but minus zero, to which adding a difference of zero gives plus zero, and the largest, whose weighted parts may round up.
    private static TestModel AnyBFloat16()
    {
        ushort[] patterns = [.. Enumerable.Range(0, 1 << 16).Select(bits => (ushort)bits).Where(bits => (bits & 0x7F80) is < 0x7F00 and > 0 || bits == 0)];
        return new TestModel().AddBytes("w", DataType.BF16, [patterns.Length], MemoryMarshal.AsBytes(patterns.AsSpan()));
    }
}
