using DataShapley.Estimators;
using DataShapley.Games;
using MathNet.Numerics.Distributions;

namespace DataShapley.Tests.Estimators;

/// <summary>Runs estimators on small games and compares with values by brute force.</summary>
internal static class Valuations
{
    public static Task<ValuationResult> RunAsync(Estimator estimator, IUtility utility, long? budget = null, ulong seed = 1, EvaluationOptions? options = null) =>
        new DataValuator().ValueAsync(utility, new ValuationRecipe(estimator) { Budget = budget, Seed = seed, Evaluation = options ?? new EvaluationOptions { Workers = 2 } });

    /// <summary>A game of normal values without any structure; nobody is worth something.</summary>
    public static TableUtility Rough(int players, ulong seed = 1)
    {
        RandomSequence random = new RandomStreams(seed, "rough").At(players);
        return new TableUtility($"rough{players}-{seed}", [.. Enumerable.Range(0, 1 << players).Select(mask => random.NextGaussian() + (0.3 * mask))]);
    }

    /// <summary>Values that add up; nobody is worth one half.</summary>
    public static DelegateUtility Additive(params double[] values) =>
        new("additive", values.Length, coalition => coalition.ToArray().Sum(player => values[player]) + 0.5);

    /// <summary>The same game with normal noise on each evaluation.</summary>
    public static DelegateUtility Noisy(TableUtility table, double deviation) => new(
        $"noisy {table.Id}",
        table.PlayerCount,
        async (request, token) => (await table.EvaluateAsync([request], token))[0] + (deviation * new RandomStreams(request.Seed, "noise").At(0).NextGaussian()))
    {
        IsDeterministic = false,
    };

    public static double[] Exact(TableUtility utility, Semivalue semivalue)
    {
        int players = utility.PlayerCount;
        double[] values = new double[players];
        for (int mask = 0; mask < 1 << players; mask++)
        {
            for (int player = 0; player < players; player++)
            {
                if ((mask >> player & 1) == 0)
                {
                    values[player] += Math.Exp(semivalue.LogWeight(players, int.PopCount(mask))) * (Value(utility, mask | (1 << player)) - Value(utility, mask));
                }
            }
        }

        return values;
    }

    public static double Value(TableUtility utility, int mask) =>
        utility.EvaluateAsync([new UtilityRequest(Coalition.FromWords(utility.PlayerCount, [(ulong)mask]), 0, 0)]).AsTask().GetAwaiter().GetResult()[0];

    /// <summary>All orders of the players, in lexicographic order.</summary>
    public static IEnumerable<int[]> Orders(int players)
    {
        if (players == 0)
        {
            return [[]];
        }

        return Orders(players - 1).SelectMany(order => Enumerable.Range(0, players).Select(place => (int[])[.. order[..place], players - 1, .. order[place..]]));
    }

    /// <summary>Over many seeds, the mean is the exact value within the error of its own spread, and the 95 % intervals hold it as often as they say.</summary>
    public static async Task AssertCalibratedAsync(Estimator estimator, IUtility utility, double[] exact, long budget, int runs = 400)
    {
        double sum = 0;
        double squares = 0;
        int covered = 0;
        for (int run = 0; run < runs; run++)
        {
            ValuationResult result = await RunAsync(estimator, utility, budget, (ulong)run);
            int player = run % exact.Length;
            double error = result.Values[player] - exact[player];
            sum += error;
            squares += error * error;
            double quantile = double.IsPositiveInfinity(result.DegreesOfFreedom[player]) ? 1.96 : StudentT.InvCDF(0, 1, Math.Max(1, result.DegreesOfFreedom[player]), 0.975);
            covered += Math.Abs(error) <= (quantile * result.StandardErrors[player]) + 1e-12 ? 1 : 0;
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Math.Abs(sum), Is.LessThanOrEqualTo((4 * Math.Sqrt(squares)) + 1e-9), "bias");
            Assert.That((double)covered / runs, Is.GreaterThan(0.95 - (4 * Math.Sqrt(0.95 * 0.05 / runs))), "coverage");
        }
    }
}
