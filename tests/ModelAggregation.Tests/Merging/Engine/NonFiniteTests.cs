using Microsoft.Extensions.Logging;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Checkpoints;
using static ModelAggregation.Tests.Merging.Engine.MergeRig;

namespace ModelAggregation.Tests.Merging.Engine;

public sealed class NonFiniteTests
{
    private static readonly string[] Methods = ["linear", "slerp", "task_arithmetic", "ties", "dare_ties"];

    [Test]
    public void Fail_NamesTensorModelAndExactCount([ValueSource(nameof(Methods))] string method)
    {
        using TestModel good = Good();
        using TestModel bad = Bad();

        MergeDataException error = Assert.Throws<MergeDataException>(() => Merge(Recipe(method, NonFinitePolicy.Fail), ("good", good), ("bad", bad)))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That((error.Error, error.TensorName, error.Model, error.Count), Is.EqualTo((MergeDataError.NonFiniteInput, "w", "bad", 4L)));
            Assert.That(error.Message, Does.Contain("'w'").And.Contain("'bad'").And.Contain("4 ").And.Contain("non_finite: warn"));
        }
    }

    [Test]
    public void ArceeFusion_OfATensorWithAnInfinity_IsAnErrorOfTheData()
    {
        // Its only row has no softmax, so every key is NaN; more elements than a selection takes as candidates without a sample.
        float[] values = [.. Enumerable.Range(0, 100_000).Select(i => i % 7 / 8f)];
        using TestModel good = new TestModel().Add("w", values);
        using TestModel bad = new TestModel().Add("w", [.. values.Select((value, i) => i == 77 ? float.PositiveInfinity : value + 0.5f)]);

        MergeDataException error = Assert.Throws<MergeDataException>(
            () => Merge(MergeRecipe.With("arcee_fusion").Base("good").Model("bad").Build(), ("good", good), ("bad", bad)))!;

        Assert.That((error.Error, error.Model, error.Count), Is.EqualTo((MergeDataError.NonFiniteInput, "bad", 1L)));
    }

    [Test]
    public void Warn_ReportsAndLogs([ValueSource(nameof(Methods))] string method)
    {
        (MergeReport report, ListLogger logger) = Run(method, NonFinitePolicy.Warn);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.NonFinite, Does.Contain(new NonFiniteCount("w", "bad", 4)));
            Assert.That(report.NonFinite.Count(count => count.Model is not null), Is.EqualTo(1));
            Assert.That(
                logger.Lines.Where(line => line.Level == LogLevel.Warning).Select(line => line.Text), Does.Contain("4 elements of tensor w of bad are NaN or infinite"));
        }
    }

    [Test]
    public void Allow_ReportsWithoutALogLine()
    {
        (MergeReport report, ListLogger logger) = Run("linear", NonFinitePolicy.Allow);

        Assert.That(report.NonFinite, Is.EqualTo((NonFiniteCount[])[new("w", "bad", 4), new("w", null, 4)]));
        Assert.That(logger.Lines.Select(line => line.Level), Has.None.EqualTo(LogLevel.Warning));
    }

    [TestCase(NonFinitePolicy.Fail)]
    [TestCase(NonFinitePolicy.Allow)]
    public void AnOverflowOfHalf_IsOfTheOutput(NonFinitePolicy policy)
    {
        using TestModel a = new TestModel().Add("w", DataType.BF16, [4], 1, 70_000, -1e30f, 60_000);
        ModelMerger merger = Merger(("a", a));
        using MergePlan plan = merger.Plan(MergeRecipe.With("linear").Model("a", weight: 1).OutputType(DataType.F16).NonFinite(policy).Build());

        if (policy == NonFinitePolicy.Fail)
        {
            MergeDataException error = Assert.Throws<MergeDataException>(() => merger.MergeInMemory(plan))!;
            Assert.That((error.Error, error.TensorName, error.Model, error.Count), Is.EqualTo((MergeDataError.NonFiniteOutput, "w", (string?)null, 2L)));
            Assert.That(error.Message, Does.Contain("'w'").And.Contain("F16").And.Contain("out_dtype"));
            return;
        }

        using MergedModel output = merger.MergeInMemory(plan);
        Assert.That(TensorBytes.Singles(output, "w"), Is.EqualTo((float[])[1, float.PositiveInfinity, float.NegativeInfinity, 59_904]), "60,000 is 59,904 in BF16 already");
    }

    [Test]
    public void AFailedMerge_LeavesNothingUnderTheFinalName()
    {
        using TestFolder folder = new();
        using (TestModel good = Good())
        {
            good.Write(folder["good"]);
        }

        using (TestModel bad = Bad())
        {
            bad.Write(folder["bad"]);
        }

        Assert.That(
            () => new ModelMerger().Merge(MergeRecipe.With("linear").Model(folder["good"], weight: 1).Model(folder["bad"], weight: 1).Build(), folder["out"]),
            Throws.TypeOf<MergeDataException>());
        Assert.That(Directory.Exists(folder["out"]), Is.False);
    }

    private static TestModel Good() => new TestModel().Add("v", 1, 2).Add("w", 1, 2, 3, 4, 5, 6);

    private static TestModel Bad() => new TestModel().Add("v", 1, 2).Add("w", float.NaN, 1, float.PositiveInfinity, 2, float.NegativeInfinity, float.NaN);

    private static MergeRecipe Recipe(string method, NonFinitePolicy policy)
    {
        MergeRecipeBuilder recipe = MergeRecipe.With(method).NonFinite(policy);
        recipe = method switch
        {
            "linear" => recipe.Model("good", weight: 1).Model("bad", weight: 1),
            "slerp" => recipe.Base("good").Model("bad").Parameter("t", 0.5),
            "task_arithmetic" => recipe.Base("good").Model("bad", weight: 1),
            _ => recipe.Base("good").Model("bad", weight: 1, density: 0.5),
        };
        return recipe.Build();
    }

    private static (MergeReport Report, ListLogger Logger) Run(string method, NonFinitePolicy policy)
    {
        using TestModel good = Good();
        using TestModel bad = Bad();
        using TestFolder folder = new();
        ListLogger logger = new();
        ModelMerger merger = new(
            new MemoryModelResolver([KeyValuePair.Create<string, TensorSet>("good", good.ToSet()), KeyValuePair.Create<string, TensorSet>("bad", bad.ToSet())]), logger: logger);
        return (merger.Merge(Recipe(method, policy), folder["out"]), logger);
    }
}
