using Microsoft.Extensions.DependencyInjection;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelSdk.Testing;
using ModelTensors.Checkpoints;

namespace ModelAggregation.PublicApi.Tests;

/// <summary>Extending the library from outside, without friends.</summary>
public sealed class OwnMethodTests
{
    private const string Largest = """
        merge_method: largest
        models:
          - model: a
          - model: b
        parameters:
          floor: 2
        """;

    private const string MeanLength = "{merge_method: mean_length, models: [{model: a}, {model: b}]}";

    [TestCase(Largest, 4f, -6f, 0f)]
    [TestCase(MeanLength, 3f, 4f, 0f)]
    public void AMethodOfOnesOwn_ThroughTheRegistry(string yaml, params float[] expected)
    {
        using Models models = new(yaml);
        ModelMerger merger = new(models.Resolver, MergeMethodRegistry.CreateDefault().Add(new LargestMerge()).Add(new MeanLengthMerge()));

        AssertMerge(merger, yaml, expected);
    }

    [TestCase(Largest, 4f, -6f, 0f)]
    [TestCase(MeanLength, 3f, 4f, 0f)]
    public void AMethodOfOnesOwn_ThroughInjection(string yaml, params float[] expected)
    {
        using Models models = new(yaml);
        using ServiceProvider services = new ServiceCollection()
            .AddSingleton<IModelResolver>(models.Resolver)
            .AddSingleton<MergeMethod, LargestMerge>()
            .AddModelAggregation(options => options with { Methods = [new MeanLengthMerge()] })
            .BuildServiceProvider();

        AssertMerge(services.GetRequiredService<ModelMerger>(), yaml, expected);
    }

    [Test]
    public void TwoMethodsOfOneName_AreRefused() =>
        Assert.That(() => MergeMethodRegistry.CreateDefault().Add(new LargestMerge()).Add(new LargestMerge()), Throws.ArgumentException.With.Message.Contains("'largest'"));

    [Test]
    public void TheRulesOfAMethodOfOnesOwn_AreCheckedWhilePlanning()
    {
        using TestModel model = new TestModel().Add("w", ModelTensors.DataType.F32, [1, 1, 1, 1], 1);
        ModelMerger merger = new(
            new MemoryModelResolver([KeyValuePair.Create<string, TensorSet>("a", model.ToSet())]), new MergeMethodRegistry().Add(new MeanLengthMerge()));

        MergePlanException error = Assert.Throws<MergePlanException>(() => merger.Plan(MergeRecipe.With("mean_length").Model("a").Build()).Dispose())!;

        Assert.That(error.Problems.Single().Kind, Is.EqualTo(PlanProblemKind.MethodRule));
        Assert.That(error.Message, Does.Contain("more than three dimensions").And.Contain("'w'"));
    }

    [Test]
    public void TheParametersOfAMethodOfOnesOwn_AreChecked()
    {
        using Models models = new(Largest);
        ModelMerger merger = new(models.Resolver, new MergeMethodRegistry().Add(new LargestMerge()));

        MergePlanException error = Assert.Throws<MergePlanException>(
            () => merger.Plan(MergeRecipe.Parse(Largest.Replace("floor: 2", "flor: -2", StringComparison.Ordinal))).Dispose())!;

        Assert.That(error.Message, Does.Contain("'flor'").And.Contain("Did you mean 'floor'?"));
    }

    [Test]
    public void Injection_WithoutRegistrations_Works()
    {
        using ServiceProvider services = new ServiceCollection().AddModelAggregation().BuildServiceProvider(validateScopes: true);

        ModelMerger merger = services.GetRequiredService<ModelMerger>();

        Assert.That(services.GetRequiredService<ModelMerger>(), Is.SameAs(merger));
        Assert.That(services.GetRequiredService<MergeMethodRegistry>().TryGet("ties", out _));
    }

    private static void AssertMerge(ModelMerger merger, string yaml, float[] expected)
    {
        using MergePlan plan = merger.Plan(MergeRecipe.Parse(yaml));
        using MergedModel output = merger.MergeInMemory(plan, new MergeOptions { Threads = 2 });

        Assert.That(TensorBytes.Singles(output, "w"), Is.EqualTo(expected).Within(1e-6));
    }

    private sealed class Models : IDisposable
    {
        private readonly TestModel _a;
        private readonly TestModel _b;

        public Models(string yaml)
        {
            // For the mean length: vectors of norm 10/3 and 20/3 along (3, 4, 0); their mean norm is 5.
            bool isLength = string.Equals(yaml, MeanLength, StringComparison.Ordinal);
            _a = isLength ? new TestModel().Add("w", 2, 8f / 3, 0) : new TestModel().Add("w", 4, 5, 1);
            _b = isLength ? new TestModel().Add("w", 4, 16f / 3, 0) : new TestModel().Add("w", -3, -6, -1.5f);
            Resolver = new MemoryModelResolver([KeyValuePair.Create<string, TensorSet>("a", _a.ToSet()), KeyValuePair.Create<string, TensorSet>("b", _b.ToSet())]);
        }

        public MemoryModelResolver Resolver { get; }

        public void Dispose()
        {
            _a.Dispose();
            _b.Dispose();
        }
    }
}
