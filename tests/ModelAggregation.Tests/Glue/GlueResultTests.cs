using ModelAggregation.Evaluation;
using ModelAggregation.Glue;
using ModelAggregation.Zoo;

namespace ModelAggregation.Tests.Glue;

public sealed class GlueResultTests
{
    private static readonly double[] Low = [0, 0, 0, 1];
    private static readonly double[] Half = [0, 1, 0, 1];
    private static readonly double[] High = [1, 1, 1, 1];

    [TestCase(0.2, ExpectedResult = "merged")]
    [TestCase(0.6, ExpectedResult = "single")]
    public string WhatWasMade_HasToBeBetterByTheLeastGain(double minimumGain) =>
        Result(new GlueSearch { MinimumGain = minimumGain }, Model("single", GlueModelKind.Single, Half, Half), Model("merged", GlueModelKind.Merged, High, High)).Chosen.Name;

    [Test]
    public void WithAConfidence_AGainThatIsNoise_IsNotChosen()
    {
        GlueModel[] models = [Model("single", GlueModelKind.Single, Half, Half), Model("mixture", GlueModelKind.Mixture, [1, 1, 0, 1], Half)];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Result(new GlueSearch(), models).Chosen.Name, Is.EqualTo("mixture"));
            Assert.That(Result(new GlueSearch { Confidence = 0.95 }, models).Chosen.Name, Is.EqualTo("single"));
        }
    }

    [Test]
    public void Verdict_IsAlsoOverTheSingleThatTheHoldOutFindsBest()
    {
        double[] most = [.. Enumerable.Repeat(1.0, 30), .. Enumerable.Repeat(0.0, 2)];
        double[] few = [.. Enumerable.Repeat(0.0, 30), .. Enumerable.Repeat(1.0, 2)];
        GlueModel merged = Model("merged", GlueModelKind.Merged, High, most);
        GlueModel best = Model("chosen-single", GlueModelKind.Single, Half, few);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Result(new GlueSearch(), best, merged).Verdict(), Does.StartWith("merged beats chosen-single, the best single model:"));
            Assert.That(
                Result(new GlueSearch(), best, Model("lucky", GlueModelKind.Single, Low, most), merged).Verdict(),
                Does.StartWith("It is not shown that merged beats").And.Contain("by the proxy set").And.Contain("lucky, the best one on the hold-out: +0.000"));
            Assert.That(Result(new GlueSearch(), Model("chosen-single", GlueModelKind.Single, High, few), merged).Verdict(), Does.Contain("nothing that was made is better"));
        }
    }

    private static GlueModel Model(string name, GlueModelKind kind, double[] proxy, double[] holdOut) => new()
    {
        Name = name,
        Kind = kind,
        Proxy = Score(name, proxy),
        HoldOut = Score(name, holdOut),
    };

    private static EvaluationResult Score(string name, double[] outcomes) =>
        new(name, [TaskScore.OfMean(new TaskInfo("task", "acc"), [.. outcomes.Select((outcome, index) => new ExampleOutcome($"example {index}", outcome))])]);

    private static GlueResult Result(GlueSearch search, params GlueModel[] models) => new()
    {
        Recipe = new GlueRecipe { Zoo = "zoo", Output = "out", Search = search },
        Folder = "/out",
        Similarity = new SimilarityMatrix([.. models.Select(model => model.Name)], new double[models.Length, models.Length]),
        Families = [],
        Models = models,
        Notes = [],
        Evaluated = 0,
        StagesRun = 0,
        StagesReused = 0,
        Elapsed = TimeSpan.Zero,
    };
}
