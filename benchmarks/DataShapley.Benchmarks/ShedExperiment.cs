using System.Globalization;
using DataShapley.Estimators;
using DataShapley.Games;
using DataShapley.Statistics;

namespace DataShapley.Benchmarks;

/// <summary>How well SHED's scores and others of the same cost order the players of a nearest-neighbours game, whose Shapley values are known.</summary>
internal static class ShedExperiment
{
    private const int Neighbors = 5;

    private static readonly (string Name, Func<int, int, Estimator> Create)[] Methods =
    [
        ("SHED", (group, iterations) => new GroupRemovalEstimator { GroupSize = group, Iterations = iterations }),
        ("SHED, centred", (group, iterations) => new GroupRemovalEstimator { GroupSize = group, Iterations = iterations, Centre = true }),
        ("MSR, Bernoulli ½", (_, _) => new BanzhafMsrEstimator()),
        ("MSR, Bernoulli ½, size-adjusted", (_, _) => new BanzhafMsrEstimator { AdjustsSize = true }),
        ("MSR, fixed size", (_, _) => new FixedSizeMsrEstimator()),
    ];

    /// <summary>Runs 24 seeds, each with points of its own, up to 3,000 players; quick, 3 seeds of 60.</summary>
    public static void Run(int threads, bool isQuick)
    {
        int seeds = isQuick ? 3 : 24;
        (int Players, int Group, int Iterations)[] sizes = isQuick ? [(60, 6, 5)] : [(600, 12, 10), (600, 12, 20), (3000, 60, 10), (3000, 60, 20)];
        double[] noises = isQuick ? [0] : [0, 0.002, 0.01];
        int tests = isQuick ? 50 : 500;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Spearman's correlation with the exact Shapley values of a {Neighbors}-nearest-neighbours classifier on {tests} test points: mean over {seeds} seeds (points and draws), 95 % interval of the mean. All methods of a row have the budget of SHED's iterations."));
        Console.WriteLine();
        Console.WriteLine($"| players, group, iterations | noise σ | evaluations | {string.Join(" | ", Methods.Select(method => method.Name))} |");
        Console.WriteLine($"|---|---:|---:|{string.Concat(Methods.Select(_ => "---:|"))}");
        foreach ((int players, int group, int iterations) in sizes)
        {
            foreach (double noise in noises)
            {
                (double[] Correlations, long Evaluations)[] runs = new (double[], long)[seeds];
                Parallel.For(0, seeds, new ParallelOptions { MaxDegreeOfParallelism = threads }, seed => runs[seed] = Compare(new NeighborBlobs(players, tests, Neighbors, noise, (ulong)seed), group, iterations, (ulong)seed));
                IEnumerable<string> cells = Methods.Select((_, i) => Cell([.. runs.Select(run => run.Correlations[i])]));
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {players}, {group}, {iterations} | {noise} | {runs[0].Evaluations} | {string.Join(" | ", cells)} |"));
            }
        }
    }

    private static (double[] Correlations, long Evaluations) Compare(NeighborBlobs game, int group, int iterations, ulong seed)
    {
        double[] exact = game.Exact();
        double[] correlations = new double[Methods.Length];
        long? budget = null;
        for (int i = 0; i < Methods.Length; i++)
        {
            ValuationRecipe recipe = new(Methods[i].Create(group, iterations)) { Seed = seed, Budget = budget, Evaluation = new EvaluationOptions { Workers = 1 } };
            ValuationResult result = new DataValuator().ValueAsync(game, recipe).GetAwaiter().GetResult();
            correlations[i] = RankCorrelation.Spearman([.. result.Values], exact);

            // SHED comes first and never ends by a budget: what its iterations cost is what the others may.
            budget ??= result.Evaluations;
        }

        return (correlations, budget!.Value);
    }

    private static string Cell(double[] values)
    {
        PlayerMoments moments = new(1);
        foreach (double value in values)
        {
            moments.Add(0, value);
        }

        Estimate estimate = moments.ToEstimate();
        ValuationResult result = new(estimate.Values, estimate.StandardErrors, estimate.Counts) { DegreesOfFreedom = estimate.DegreesOfFreedom };
        return string.Create(CultureInfo.InvariantCulture, $"{estimate.Values[0]:F3} ± {result.Intervals()[0].Width / 2:F3}");
    }
}
