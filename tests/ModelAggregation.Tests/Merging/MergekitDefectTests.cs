using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelAggregation.Tests.Merging.Engine;
using ModelSdk.Testing;

namespace ModelAggregation.Tests.Merging;

/// <summary>What goes wrong in mergekit's planner and engine, and not here; docs/mergekit.md names these tests.</summary>
public sealed class MergekitDefectTests
{
    private static readonly string[] Names = ["alpha", "beta", "gamma"];

    private static readonly string[][] Orders =
    [
        ["alpha", "beta", "gamma"], ["alpha", "gamma", "beta"], ["beta", "alpha", "gamma"],
        ["beta", "gamma", "alpha"], ["gamma", "alpha", "beta"], ["gamma", "beta", "alpha"],
    ];

    [TestCaseSource(nameof(Orders))]
    public void ConfigurationAndTokenizer_WithoutABase_AreTheFirstModels(string first, string second, string third)
    {
        MergeRecipe recipe = MergeRecipe.With("linear").Model(first, weight: 1).Model(second, weight: 1).Model(third, weight: 1).Build();

        using MergePlan plan = new MergePlanner(new FakeResolver([.. Names.Select(name => (name, Named(name)))]), MergeMethodRegistry.CreateDefault()).Plan(recipe);

        Assert.That((plan.Config!["donor"]!.GetValue<string>(), plan.TokenizerFolder), Is.EqualTo((first, $"/models/{first}")));
    }

    [TestCaseSource(nameof(Orders))]
    public void ConfigurationAndTokenizer_OfSlicesWithoutABase_AreTheFirstSourcesOfTheFirstSlice(string first, string second, string third)
    {
        MergeRecipe recipe = MergeRecipe.With("passthrough")
            .Slice(slice => slice.Layers(first, 0, 1)).Slice(slice => slice.Layers(second, 0, 2)).Slice(slice => slice.Layers(third, 1, 2)).Build();

        using MergePlan plan = new MergePlanner(new FakeResolver([.. Names.Select(name => (name, Named(name)))]), MergeMethodRegistry.CreateDefault()).Plan(recipe);

        Assert.That((plan.Config!["donor"]!.GetValue<string>(), plan.TokenizerFolder), Is.EqualTo((first, $"/models/{first}")));
    }

    [Test]
    public void AnExplicitWeightOfZero_IsZero()
    {
        MergeRecipe recipe = MergeRecipe.Parse("""
            merge_method: linear
            parameters: { weight: 5 }
            models:
              - model: a
                parameters: { weight: 0 }
              - model: b
                parameters: { weight: 2 }
            """);

        Assert.That(MergeRig.Values(recipe, ("a", MergeRig.W(100, -7)), ("b", MergeRig.W(1, 3))), Is.EqualTo((float[])[1, 3]));
    }

    [Test]
    public void ModelsWithoutParameters_TakeThoseOfTheRecipe()
    {
        MergeRecipe recipe = MergeRecipe.Parse("""
            merge_method: linear
            parameters: { weight: 1 }
            models:
              - model: a
              - model: b
            """);

        Assert.That(MergeRig.Values(recipe, ("a", MergeRig.W(1, 2)), ("b", MergeRig.W(3, 6))), Is.EqualTo((float[])[2, 4]));
    }

    [Test]
    public void ModelsWithoutParameters_ThatTheMethodNeeds_AreNamed()
    {
        MergeRecipe recipe = MergeRecipe.Parse("""
            merge_method: linear
            models:
              - model: a
              - model: b
                parameters: { weight: 1 }
            """);

        MergePlanException error = Assert.Throws<MergePlanException>(() => MergeRig.Values(recipe, ("a", MergeRig.W(1)), ("b", MergeRig.W(3))))!;

        PlanProblem problem = error.Problems.Single();
        Assert.That((problem.Kind, problem.Model), Is.EqualTo((PlanProblemKind.MissingParameter, "a")));
        Assert.That(problem.Message, Does.Contain("'weight'").And.Contain("'a'"));
    }

    [Test, CancelAfter(60_000)]
    public void TheNumberOfThreads_IsThatOfTheOptions_AndChangesNoByte([Values(1, 2, 5)] int threads, CancellationToken cancellationToken)
    {
        using TestModel model = MergeRig.Random(seed: 1, tensors: 1, length: 16 * 65_536);
        using MeetingMethod method = new(threads, cancellationToken);
        ModelMerger merger = new(new ModelTensors.Checkpoints.MemoryModelResolver([new("a", model.ToSet())]), new MergeMethodRegistry().Add(method));
        using MergePlan plan = merger.Plan(MergeRecipe.With(method.Name).Model("a").Build(), cancellationToken);

        using MergedModel merged = merger.MergeInMemory(plan, new MergeOptions { Threads = threads }, cancellationToken: cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(method.ThreadCount, Is.EqualTo(threads), "threads that computed");
            Assert.That(TensorBytes.ReadAll(merged)["layers.0.weight"].AsSpan().SequenceEqual(TensorBytes.Read(model.ToSet(), "layers.0.weight")));
        }
    }

    private static FakeModel Named(string name)
    {
        FakeModel model = FakeModel.Llama();
        model.Location = $"/models/{name}";
        model.Document!["donor"] = name;
        return model;
    }

    /// <summary>Copies, but lets no thread go on before as many as are expected have come: fewer would wait for ever.</summary>
    private sealed class MeetingMethod(int threads, CancellationToken cancellationToken) : MergeMethod, IDisposable
    {
        private readonly CountdownEvent _missing = new(threads);
        private readonly ConcurrentDictionary<int, bool> _seen = new();
        private int _arrived;

        public override string Name => "meeting";

        public override string Summary => "Copies.";

        public int ThreadCount => _seen.Count;

        public override void Merge(TensorMerge merge) => merge.Map((tile, output) =>
        {
            if (_seen.TryAdd(Environment.CurrentManagedThreadId, true) && Interlocked.Increment(ref _arrived) <= threads)
            {
                _missing.Signal();
            }

            _missing.Wait(cancellationToken);
            tile[0].CopyTo(output);
        });

        public void Dispose() => _missing.Dispose();
    }
}
