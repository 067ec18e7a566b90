using DataShapley.Estimators;
using DataShapley.Games;

namespace DataShapley.Tests.Estimators;

public sealed class NeymanEstimatorTests
{
    [Test]
    public async Task Intervals_Hold()
    {
        TableUtility utility = Valuations.Rough(5);

        await Valuations.AssertCalibratedAsync(new NeymanEstimator(), utility, Valuations.Exact(utility, Semivalue.Shapley), 500);
    }

    [Test]
    public Task Intervals_OfNoisyUtilities_Hold() =>
        Valuations.AssertCalibratedAsync(new NeymanEstimator(), Valuations.Noisy(Valuations.Rough(3), 1), Valuations.Exact(Valuations.Rough(3), Semivalue.Shapley), 300);

    [TestCase(1)]
    [TestCase(2)]
    public async Task OneAndTwoPlayers_AreExact_WithoutAPilot(int players)
    {
        TableUtility utility = Valuations.Rough(players);

        ValuationResult result = await Valuations.RunAsync(new NeymanEstimator(), utility);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Values, Is.EqualTo(Valuations.Exact(utility, Semivalue.Shapley)).Within(1e-12));
            Assert.That(result.Evaluations, Is.EqualTo(2 * players * players));
            Assert.That(result.Status, Is.EqualTo(ValuationStatus.Completed));
        }
    }

    [Test]
    public async Task Samples_GoWhereContributionsVary()
    {
        // Only who joins three or four others is worth something, by who they are: all else is known from one sample each.
        RandomSequence random = new RandomStreams(2, "middle").At(0);
        double[] noise = [.. Enumerable.Range(0, 64).Select(_ => random.NextGaussian())];
        TableUtility utility = new("middle", [.. Enumerable.Range(0, 64).Select(mask => int.PopCount(mask) == 4 ? noise[mask] : 0.0)]);
        double[] exact = Valuations.Exact(utility, Semivalue.Shapley);
        double neyman = 0;
        double constant = 0;
        for (ulong seed = 0; seed < 100; seed++)
        {
            ValuationResult adaptive = await Valuations.RunAsync(new NeymanEstimator(), utility, 2000, seed);
            ValuationResult plain = await Valuations.RunAsync(new StratifiedEstimator(), utility, 2000, seed);
            neyman += adaptive.Values.Select((value, i) => (value - exact[i]) * (value - exact[i])).Sum();
            constant += plain.Values.Select((value, i) => (value - exact[i]) * (value - exact[i])).Sum();
        }

        Assert.That(neyman, Is.LessThan(0.9 * constant));
    }

    [Test]
    public async Task TheResult_DoesNotDependOnTheWorkers()
    {
        TableUtility utility = Valuations.Rough(5);
        ValuationResult one = await Valuations.RunAsync(new NeymanEstimator(), utility, 700, options: new EvaluationOptions { Workers = 1 });
        ValuationResult many = await Valuations.RunAsync(new NeymanEstimator(), utility, 700, options: new EvaluationOptions { Workers = 16 });

        Assert.That(many.Values, Is.EqualTo(one.Values));
        Assert.That(many.StandardErrors, Is.EqualTo(one.StandardErrors));
    }

    [Test]
    public async Task ABudget_HasToPayForThePilotAndEachSize()
    {
        // Four players: a pilot at two sizes, then four sizes; two evaluations each.
        ValuationResult result = await Valuations.RunAsync(new NeymanEstimator(), Valuations.Rough(4), budget: 48);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Evaluations, Is.EqualTo(48));
            Assert.That(result.Counts, Is.All.EqualTo(4), "the pilot does not count");
            Assert.That(async () => await Valuations.RunAsync(new NeymanEstimator(), Valuations.Rough(4), budget: 47), Throws.TypeOf<ValuationException>().With.Property("Reason").EqualTo(ValuationError.BudgetTooSmall));
        }
    }
}
