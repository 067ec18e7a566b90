using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;

namespace ModelAggregation.Tests.Merging;

/// <summary>Plans of large models, from headers alone: <see cref="FakeModel"/> fails the test when a tensor is read.</summary>
public sealed class LargePlanTests
{
    private const long Width = 8192;
    private const long Vocabulary = 128_256;

    [Test]
    public void APlanOfEightyLayers_TakesMemoryByItsTensors_NotByTheirSizes()
    {
        // The first plan compiles what the others run.
        Measure(layers: 2, Width, Vocabulary);
        (long large, MergePlan plan) = Measure(layers: 80, Width, Vocabulary);
        (long small, _) = Measure(layers: 80, width: 8, vocabulary: 32);
        (long half, _) = Measure(layers: 40, Width, Vocabulary);

        TestContext.Out.WriteLine($"{plan.Tensors.Count} tensors of {plan.Models.Count} models, {plan.InputBytes / 1e9:F0} GB: {large / 1e6:F1} MB; small tensors {small / 1e6:F1} MB; half the layers {half / 1e6:F1} MB");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(plan.InputBytes, Is.GreaterThan(300_000_000_000));
            Assert.That(plan.Tensors, Has.Count.EqualTo(3 + (80 * 9)));
            Assert.That(large, Is.LessThan(16 << 20), "bytes allocated while planning");
            Assert.That((double)large, Is.EqualTo(small).Within(10).Percent);
            Assert.That((double)large, Is.EqualTo(2 * half).Within(15).Percent);
        }
    }

    private static (long Allocated, MergePlan Plan) Measure(int layers, long width, long vocabulary)
    {
        FakeResolver models = new([.. ((string[])["base", "a", "b"]).Select(name => (name, FakeModel.Llama(layers, vocabulary: vocabulary, width: width)))]);
        MergeRecipe recipe = MergeRecipe.With("ties").Base("base").Model("a", weight: 0.5, density: 0.3)
            .Model("b", model => model.Parameter("weight", [0.2, 0.8]).Parameter("density", 0.5)).Build();
        long before = GC.GetAllocatedBytesForCurrentThread();
        using MergePlan plan = new MergePlanner(models, MergeMethodRegistry.CreateDefault()).Plan(recipe);
        return (GC.GetAllocatedBytesForCurrentThread() - before, plan);
    }
}
