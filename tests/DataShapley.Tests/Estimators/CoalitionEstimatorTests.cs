using DataShapley.Estimators;
using DataShapley.Games;

namespace DataShapley.Tests.Estimators;

/// <summary>What all estimators over whole coalitions have in common.</summary>
public sealed class CoalitionEstimatorTests
{
    // 4.5 standard errors of a mean over 150 seeds happen once in 150,000 times; of 600 intervals of 90 %, less than 86 % hold once in 1,000 times.
    private const double MostBias = 4.5;
    private const double LeastCoverage = 0.86;

    private static readonly Estimator[] Targeted =
    [
        new BanzhafMsrEstimator(), new BanzhafMsrEstimator { AdjustsSize = true }, new BanzhafMsrEstimator { Probability = 0.3 }, new FixedSizeMsrEstimator(), new FixedSizeMsrEstimator { Size = 3 },
        new GroupTestingEstimator(), new GroupTestingEstimator { IsCentered = false }, new SvarmEstimator(), new StratifiedSvarmEstimator(), new StratifiedSvarmEstimator { HasExactBorders = false },
        new ComplementaryContributionsEstimator(), new AmeEstimator(), new SurrogateEstimator(),
    ];

    private static readonly Estimator[] All = [.. Targeted, new KernelShapEstimator(), new InfluenceSubsampleEstimator(), new LeastCoreEstimator(), new AmeEstimator { Penalty = null }];

    [TestCaseSource(nameof(Targeted))]
    public async Task Estimates_OverManySeeds_AreCentredAndCovered(Estimator estimator)
    {
        double[] exact = await CoalitionRuns.ExactAsync(CoalitionRuns.Uneven, estimator.Target!);

        (double bias, double coverage) = await CoalitionRuns.MeasureAsync(CoalitionRuns.Uneven, estimator, 300, exact);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(bias, Is.LessThan(MostBias));
            Assert.That(coverage, Is.GreaterThan(LeastCoverage));
        }
    }

    [TestCaseSource(nameof(All))]
    public async Task Estimates_WithOneAndWithEightWorkers_AreTheSameBits(Estimator estimator)
    {
        ValuationResult one = await CoalitionRuns.RunAsync(CoalitionRuns.Uneven, estimator, 15, seed: 7, workers: 1);
        ValuationResult eight = await CoalitionRuns.RunAsync(CoalitionRuns.Uneven, estimator, 15, seed: 7, workers: 8);

        Assert.That(eight.Values, Is.EqualTo(one.Values));
    }

    [TestCaseSource(nameof(All))]
    public async Task Evaluations_OfARun_DoNotExceedTheBudget(Estimator estimator)
    {
        ValuationResult result = await CoalitionRuns.RunAsync(CoalitionRuns.Uneven, estimator, 15);

        Assert.That(result.Evaluations, Is.InRange(13, 15));
    }

    [TestCaseSource(nameof(Targeted))]
    public async Task Estimates_OfANoisyGame_AreCentred(Estimator estimator)
    {
        TableUtility table = CoalitionRuns.Uneven;
        DelegateUtility noisy = new("noisy", 4, async (request, token) =>
            (await table.EvaluateAsync([request], token))[0] + new RandomStreams(request.Seed, "noise").At(0).NextGaussian())
        { IsDeterministic = false };
        double[] exact = await CoalitionRuns.ExactAsync(table, estimator.Target!);

        (double bias, double coverage) = await CoalitionRuns.MeasureAsync(noisy, estimator, 300, exact, seeds: 100);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(bias, Is.LessThan(MostBias));
            Assert.That(coverage, Is.GreaterThan(LeastCoverage - 0.01));
        }
    }

    [TestCaseSource(nameof(Targeted))]
    public async Task Estimates_OfAScaledAndShiftedGame_AreScaled(Estimator estimator)
    {
        TableUtility table = CoalitionRuns.Uneven;
        DelegateUtility other = new("other", 4, async (request, token) => 1000 - (2 * (await table.EvaluateAsync([request], token))[0]));

        ValuationResult plain = await CoalitionRuns.RunAsync(table, estimator, 60, seed: 3);
        ValuationResult shifted = await CoalitionRuns.RunAsync(other, estimator, 60, seed: 3);

        // Counted from 0, group testing's estimate of a constant is noise, as in the paper.
        if (estimator is GroupTestingEstimator { IsCentered: false })
        {
            Assert.That(shifted.Values, Is.Not.EqualTo(plain.Values.Select(value => -2 * value)).Within(1e-6));
        }
        else if (estimator is SvarmEstimator or BanzhafMsrEstimator or FixedSizeMsrEstimator or StratifiedSvarmEstimator or SurrogateEstimator or AmeEstimator or ComplementaryContributionsEstimator or GroupTestingEstimator)
        {
            Assert.That(shifted.Values, Is.EqualTo(plain.Values.Select(value => -2 * value)).Within(1e-9));
        }
    }

    [TestCaseSource(nameof(All))]
    public async Task Estimates_WithEvaluationsLeftOut_AreFinite(Estimator estimator)
    {
        DelegateUtility failing = new("failing", 4, coalition => coalition.Contains(0) && coalition.Size == 2 ? double.NaN : coalition.Size);
        ValuationRecipe recipe = new(estimator) { Budget = 200, Evaluation = new EvaluationOptions { OnNotFinite = FailurePolicy.Skip } };

        ValuationResult result = await new DataValuator().ValueAsync(failing, recipe);

        Assert.That(result.Values, Has.All.Matches<double>(double.IsFinite));
    }

    [TestCaseSource(nameof(Targeted))]
    public async Task Estimates_OfOnePlayer_AreItsWorthOrRefused(Estimator estimator)
    {
        TableUtility table = new("one", [2, 5]);
        if (estimator is GroupTestingEstimator or FixedSizeMsrEstimator { Size: 3 })
        {
            Assert.That(
                async () => await CoalitionRuns.RunAsync(table, estimator, 40), Throws.TypeOf<ValuationException>().With.Property(nameof(ValuationException.Reason)).EqualTo(ValuationError.TooFewPlayers));
            return;
        }

        ValuationResult result = await CoalitionRuns.RunAsync(table, estimator, 40);

        // On the average marginal effect's regressors the game of one player is not a straight line.
        Assert.That(result.Values[0], Is.EqualTo(3).Within(estimator is AmeEstimator ? 5 * result.StandardErrors[0] : 1e-9));
    }
}
