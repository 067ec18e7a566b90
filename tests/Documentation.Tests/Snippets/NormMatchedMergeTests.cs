using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace Documentation.Tests.Snippets;

public sealed class NormMatchedMergeTests
{
    [Test]
    public void Registration()
    {
        using HostTensor first = HostTensor.FromSingles([2, 0], new TensorShape(2));
        using HostTensor second = HostTensor.FromSingles([0, 2], new TensorShape(2));
        MemoryModelResolver models = new(
        [
            new("first", new MemoryTensorSet([new("w", first)])),
            new("second", new MemoryTensorSet([new("w", second)])),
        ]);

        // snippet: Registration
        MergeMethodRegistry methods = MergeMethodRegistry.CreateDefault().Add(new NormMatchedMerge()).Add(new MedianMerge());
        ModelMerger merger = new(models, methods);
        using MergePlan plan = merger.Plan(MergeRecipe.With("norm_matched").Model("first").Model("second").Build());
        // end

        using MergedModel merged = merger.MergeInMemory(plan);
        float expected = MathF.Sqrt(2);
        Assert.That(merged.Tensors["w"].ToSingles(), Is.EqualTo(new[] { expected, expected }).Within(1).Ulps);
    }
}
