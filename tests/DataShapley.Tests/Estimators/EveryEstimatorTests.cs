using DataShapley.Estimators;
using DataShapley.Games;
using DataShapley.Statistics;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;
using ModelSdk.Testing;

namespace DataShapley.Tests.Estimators;

/// <summary>What every estimator promises, looked at on games whose values are known. Seeds are fixed; bounds come of the runs' own spread, so wide that all checks together fail a right estimator once in a thousand choices of seeds.</summary>
[CancelAfter(300_000)]
public sealed class EveryEstimatorTests
{
    private const double FamilyError = 1e-3;
    private const double Level = 0.95;
    private const double Noise = 0.5;

    private static IEnumerable<string> Names => EstimatorCases.All.Keys;

    private static IEnumerable<ExactGame> Games => ExactGame.All;

    // Each estimator is looked at for each player of each game, and of the first game with noise.
    private static double ErrorOfOne => FamilyError / (EstimatorCases.All.Count * (Games.Sum(game => game.Players) + Games.First().Players));

    [Test]
    public void EveryEstimator_OfTheLibrary_IsRegistered()
    {
        IEnumerable<Type> types = typeof(Estimator).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Estimator)) && type.IsPublic && !type.IsAbstract);

        Assert.That(EstimatorRegistry.CreateDefault().Estimators.Select(estimator => estimator.GetType()), Is.EquivalentTo(types));
    }

    [TestCaseSource(nameof(Promising), new object[] { EstimatorPromises.Exact })]
    public async Task Exact_Values_AreThoseOfEveryCoalition(string name)
    {
        Estimator estimator = EstimatorCases.All[name];
        using (Assert.EnterMultipleScope())
        {
            foreach (ExactGame game in Games)
            {
                ValuationResult result = await EstimatorCases.ValueAsync(estimator, new ExactGameUtility(game), 1, budget: null);

                Assert.That(result.Values, Is.EqualTo(Expectation(estimator, game)).Within(1e-12), game.Name);
                Assert.That(result.Status, Is.EqualTo(ValuationStatus.Completed));
            }
        }
    }

    [TestCaseSource(nameof(Promising), new object[] { EstimatorPromises.Unbiased })]
    public async Task Unbiased_Values_AreRightInTheMean(string name)
    {
        Estimator estimator = EstimatorCases.All[name];
        double bound = -StudentTIntervals.Quantile(EstimatorCases.Runs - 1, ErrorOfOne / 2);
        using (Assert.EnterMultipleScope())
        {
            foreach ((ExactGame game, double noise) in NoisyGames(estimator))
            {
                ValuationResult[] runs = await EstimatorCases.RunsOf(name, game, noise);
                double[] expected = Expectation(estimator, game);
                for (int player = 0; player < game.Players; player++)
                {
                    (double mean, double error) = Summary(runs.Select(run => run.Values[player]));

                    Assert.That(mean, Is.EqualTo(expected[player]).Within((bound * error) + 1e-9), $"player {player} of {game.Name}, noise {noise}");
                }
            }
        }
    }

    [TestCaseSource(nameof(Promising), new object[] { EstimatorPromises.Unbiased | EstimatorPromises.Intervals })]
    public async Task Intervals_OfStudentsT_CoverAtTheirLevel(string name)
    {
        Estimator estimator = EstimatorCases.All[name];
        List<double> shares = [];
        using (Assert.EnterMultipleScope())
        {
            foreach ((ExactGame game, double noise) in NoisyGames(estimator))
            {
                ValuationResult[] runs = await EstimatorCases.RunsOf(name, game, noise);
                double[] expected = Expectation(estimator, game);
                bool[][] covers = [.. runs.Select(run => run.Intervals(Level).Select((interval, player) => Covers(interval, expected[player])).ToArray())];
                shares.AddRange(covers.Select(run => run.Average(isCovered => isCovered ? 1.0 : 0)));
                for (int player = 0; player < game.Players; player++)
                {
                    int covered = covers.Count(run => run[player]);

                    Assert.That(Binomial.CDF(Level, runs.Length, covered), Is.GreaterThan(ErrorOfOne), $"{covered} of {runs.Length} intervals cover player {player} of {game.Name}, noise {noise}");
                }
            }

            // All together say more than each: a run's share of players is one observation.
            (double mean, double error) = Summary(shares);
            Assert.That(mean, Is.GreaterThan(Level + (Normal.InvCDF(0, 1, FamilyError / EstimatorCases.All.Count) * error)));
        }
    }

    [TestCaseSource(nameof(Promising), new object[] { EstimatorPromises.Efficient })]
    public async Task Efficient_Values_SumToWhatAllAreWorth(string name)
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (ExactGame game in Games)
            {
                ValuationResult[] runs = await EstimatorCases.RunsOf(name, game);

                Assert.That(runs.Select(run => run.Values.Sum()), Is.All.EqualTo(game.Total).Within(1e-9), game.Name);
            }
        }
    }

    [TestCaseSource(nameof(Promising), new object[] { EstimatorPromises.NullPlayer })]
    public async Task NullPlayers_GetNothing(string name)
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (ExactGame game in Games.Where(game => game.NullPlayers.Length > 0))
            {
                ValuationResult[] runs = await EstimatorCases.RunsOf(name, game);

                Assert.That(runs.SelectMany(run => game.NullPlayers.Select(player => run.Values[player])), Is.All.Zero.Within(1e-12), game.Name);
            }
        }
    }

    [TestCaseSource(nameof(Promising), new object[] { EstimatorPromises.Symmetric })]
    public async Task ExchangeablePlayers_AreWorthTheSame(string name)
    {
        Estimator estimator = EstimatorCases.All[name];
        double bound = estimator.Promises.HasFlag(EstimatorPromises.Exact) ? 0 : -StudentTIntervals.Quantile(EstimatorCases.Runs - 1, ErrorOfOne / 2);
        using (Assert.EnterMultipleScope())
        {
            foreach (ExactGame game in Games)
            {
                ValuationResult[] runs = await EstimatorCases.RunsOf(name, game);
                foreach ((int one, int other) in game.Exchangeable)
                {
                    (double mean, double error) = Summary(runs.Select(run => run.Values[one] - run.Values[other]));

                    Assert.That(mean, Is.Zero.Within((bound * error) + 1e-9), $"players {one} and {other} of {game.Name}");
                }
            }
        }
    }

    [TestCaseSource(nameof(Promising), new object[] { EstimatorPromises.Linear })]
    public async Task Linear_Values_OfASumOfGames_AreTheSumOfValues(string name)
    {
        Estimator estimator = EstimatorCases.All[name];
        ExactGame one = ExactGame.Drawn("one", 5, 21);
        ExactGame other = ExactGame.Drawn("other", 5, 22);
        ExactGame sum = new("sum", [.. one.Table.Zip(other.Table, (a, b) => (2 * a) - (0.75 * b))]);
        using (Assert.EnterMultipleScope())
        {
            for (ulong seed = 0; seed < 5; seed++)
            {
                ValuationResult ofOne = await EstimatorCases.ValueAsync(estimator, new ExactGameUtility(one), seed);
                ValuationResult ofOther = await EstimatorCases.ValueAsync(estimator, new ExactGameUtility(other), seed);
                ValuationResult ofSum = await EstimatorCases.ValueAsync(estimator, new ExactGameUtility(sum), seed);

                Assert.That(ofSum.Values, Is.EqualTo(ofOne.Values.Zip(ofOther.Values, (a, b) => (2 * a) - (0.75 * b))).Within(1e-9), $"seed {seed}");
            }
        }
    }

    [TestCaseSource(nameof(Names))]
    public async Task Workers_OfAnyNumber_GiveTheSameBits(string name)
    {
        Estimator estimator = EstimatorCases.All[name];
        using (Assert.EnterMultipleScope())
        {
            foreach ((ExactGame game, double noise) in NoisyGames(estimator))
            {
                ValuationResult one = await EstimatorCases.ValueAsync(estimator, new ExactGameUtility(game, noise), 7);
                ValuationResult many = await EstimatorCases.ValueAsync(estimator, new ExactGameUtility(game, noise, isYielding: true), 7, new EvaluationOptions { Workers = 16 });

                Assert.That(Bits(many), Is.EqualTo(Bits(one)), $"{game.Name}, noise {noise}");
            }
        }
    }

    [Test]
    public async Task AJournal_CutAnywhere_GoesOnToTheSameBits([ValueSource(nameof(Names))] string name, [Values(0, Noise)] double noise)
    {
        using TestFolder folder = new();
        Estimator estimator = EstimatorCases.All[name];
        ExactGame game = ExactGame.All[1];
        const long SmallBudget = 120;
        ValuationResult whole = await EstimatorCases.ValueAsync(estimator, new ExactGameUtility(game, noise), 3, new EvaluationOptions { Workers = 1, JournalPath = folder["whole"] }, SmallBudget);
        string[] files = [.. Directory.GetFiles(folder.Path, "whole*").Where(file => new FileInfo(file).Length > 0).Order(StringComparer.Ordinal)];
        RandomSequence random = new RandomStreams(9, "cuts").At(0);
        using (Assert.EnterMultipleScope())
        {
            for (int cut = 0; cut < 3; cut++)
            {
                string path = folder[$"cut{cut}"];
                foreach (string file in files)
                {
                    byte[] content = await File.ReadAllBytesAsync(file);
                    await File.WriteAllBytesAsync(file.Replace(folder["whole"], path, StringComparison.Ordinal), content[..random.NextBelow(content.Length + 1)]);
                }

                ExactGameUtility utility = new(game, noise);
                ValuationResult resumed = await EstimatorCases.ValueAsync(estimator, utility, 3, new EvaluationOptions { Workers = 4, JournalPath = path }, SmallBudget);

                Assert.That(Bits(resumed), Is.EqualTo(Bits(whole)), $"cut {cut}");
            }
        }
    }

    [TestCaseSource(nameof(Names))]
    public async Task ABudget_OfAnySize_IsKeptOrRefused(string name)
    {
        Estimator estimator = EstimatorCases.All[name];
        ExactGame game = ExactGame.All[2];
        using (Assert.EnterMultipleScope())
        {
            foreach (long budget in Enumerable.Range(1, 40).Select(i => (long)i).Concat([64, 97, 128, 300, 1001]))
            {
                ExactGameUtility utility = new(game, Noise);
                try
                {
                    ValuationResult result = await EstimatorCases.ValueAsync(estimator, utility, 1, budget: budget);

                    Assert.That(result.Evaluations, Is.LessThanOrEqualTo(budget));
                    Assert.That(utility.Calls, Is.EqualTo(result.Evaluations), $"budget {budget}");
                }
                catch (ValuationException e)
                {
                    Assert.That(e.Reason, Is.EqualTo(ValuationError.BudgetTooSmall));
                    Assert.That(budget, Is.LessThan(300), "some hundred evaluations are enough for six players");
                }
            }
        }
    }

    [Test]
    public async Task OneAndTwoPlayers_AreValuedOrRefused([ValueSource(nameof(Names))] string name, [Values(1, 2)] int players)
    {
        Estimator estimator = EstimatorCases.All[name];
        ExactGame game = new("few", players == 1 ? [0.5, 3] : [0.5, 3, -1, 2]);
        try
        {
            ValuationResult result = await EstimatorCases.ValueAsync(estimator, new ExactGameUtility(game), 1);

            Assert.That(result.Values, Is.All.Matches<double>(double.IsFinite));
            if (players == 1 && estimator is { Target: { } target } && (estimator.Promises & (EstimatorPromises.Unbiased | EstimatorPromises.Efficient)) != EstimatorPromises.None)
            {
                Assert.That(result.Values, Is.EqualTo(game.Exact(target)).Within(1e-9));
            }
        }
        catch (ValuationException e)
        {
            Assert.That(e.Reason, Is.EqualTo(ValuationError.TooFewPlayers).Or.EqualTo(ValuationError.UnsuitableSettings));
        }
    }

    [TestCaseSource(nameof(Names))]
    public async Task EvaluationsThatFail_AreLeftOut(string name)
    {
        Estimator estimator = EstimatorCases.All[name];
        ExactGame whole = ExactGame.All[2];
        ExactGame broken = whole with { Table = [.. whole.Table.Select((value, mask) => mask % 11 == 5 ? double.NaN : value)] };
        EvaluationOptions options = new() { Workers = 1, OnNotFinite = FailurePolicy.Skip };
        try
        {
            ValuationResult result = await EstimatorCases.ValueAsync(estimator, new ExactGameUtility(broken), 1, options);

            using (Assert.EnterMultipleScope())
            {
                Assert.That(result.Values, Is.All.Matches<double>(double.IsFinite));
                Assert.That(result.StandardErrors, Has.None.Matches<double>(error => error < 0));
                Assert.That(result.Evaluations, Is.LessThanOrEqualTo(EstimatorCases.Budget));
            }
        }
        catch (ValuationException e)
        {
            Assert.That(e.Reason, Is.EqualTo(ValuationError.NothingLeft));
            Assert.That(estimator.Promises.HasFlag(EstimatorPromises.Exact), Is.True);
        }
    }

    private static IEnumerable<string> Promising(EstimatorPromises promises) => EstimatorCases.All.Where(pair => pair.Value.Promises.HasFlag(promises)).Select(pair => pair.Key);

    private static double[] Expectation(Estimator estimator, ExactGame game) =>
        Expectations.Of(estimator, game) ?? throw new InvalidOperationException($"'{estimator.Name}' promises to be unbiased: add what it estimates to {nameof(Expectations)}.");

    // Exact values of a noisy utility there are none.
    private static IEnumerable<(ExactGame Game, double Noise)> NoisyGames(Estimator estimator) => Games.Select(game => (game, 0.0))
        .Concat(estimator.Promises.HasFlag(EstimatorPromises.Exact) ? [] : [(ExactGame.All[0], Noise)]);

    // Where every sample is the same, an interval has no width, and roundings do not count.
    private static bool Covers(Interval interval, double value) => interval.Low - 1e-9 <= value && value <= interval.High + 1e-9;

    private static (double Mean, double Error) Summary(IEnumerable<double> values)
    {
        double[] all = [.. values];
        (double mean, double deviation) = all.MeanStandardDeviation();
        return (mean, deviation / Math.Sqrt(all.Length));
    }

    private static long[] Bits(ValuationResult result) =>
    [
        .. result.Values.Select(BitConverter.DoubleToInt64Bits), .. result.StandardErrors.Select(BitConverter.DoubleToInt64Bits), .. result.DegreesOfFreedom.Select(BitConverter.DoubleToInt64Bits),
        .. result.Counts, result.Draws, result.Evaluations, (long)result.Status,
    ];
}
