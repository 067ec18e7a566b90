using System.Collections.Concurrent;
using DataShapley.Estimators;
using DataShapley.Estimators.Truncations;
using DataShapley.Games;

namespace DataShapley.Tests.Estimators;

/// <summary>The estimators under test, and their runs, which several tests look at.</summary>
internal static class EstimatorCases
{
    public const int Runs = 120;
    public const long Budget = 600;

    private static readonly ConcurrentDictionary<(string Estimator, string Game), Lazy<Task<ValuationResult[]>>> AllRuns = new();

    /// <summary>Every estimator of the registry, and those of other settings that promise something else.</summary>
    public static IReadOnlyDictionary<string, Estimator> All { get; } = Create();

    /// <summary>Runs of an estimator, with seeds of their own. They are made once.</summary>
    public static Task<ValuationResult[]> RunsOf(string name, ExactGame game, double noise = 0) =>
        AllRuns.GetOrAdd((name, $"{game.Name} {noise}"), _ => new Lazy<Task<ValuationResult[]>>(() => Task.Run(() => RunAsync(All[name], game, noise)))).Value;

    public static Task<ValuationResult> ValueAsync(Estimator estimator, IUtility utility, ulong seed, EvaluationOptions? options = null, long? budget = Budget) => new DataValuator().ValueAsync(
        utility, new ValuationRecipe(estimator) { Budget = budget, Seed = seed, Evaluation = options ?? new EvaluationOptions { Workers = 1 } });

    private static async Task<ValuationResult[]> RunAsync(Estimator estimator, ExactGame game, double noise)
    {
        ExactGameUtility utility = new(game, noise);
        ValuationResult[] results = new ValuationResult[Runs];
        for (int i = 0; i < results.Length; i++)
        {
            results[i] = await ValueAsync(estimator, utility, (ulong)i);
        }

        return results;
    }

    private static SortedDictionary<string, Estimator> Create()
    {
        SortedDictionary<string, Estimator> all = new(StringComparer.Ordinal);
        foreach (Estimator estimator in EstimatorRegistry.CreateDefault().Estimators)
        {
            all.Add(estimator.Name, estimator);
        }

        foreach ((string settings, Estimator estimator) in Variants())
        {
            all.Add($"{estimator.Name}, {settings}", estimator);
        }

        return all;
    }

    private static IEnumerable<(string Settings, Estimator Estimator)> Variants() =>
    [
        ("Banzhaf", new PermutationEstimator { Semivalue = Semivalue.Banzhaf }),
        ("truncated", new PermutationEstimator { Truncation = new RelativeTruncation(0.2) }),
        ("Banzhaf", new AntitheticPermutationEstimator { Semivalue = Semivalue.Banzhaf }),
        ("Beta", new CyclicPermutationEstimator { Semivalue = Semivalue.Beta(4, 1) }),
        ("Banzhaf", new ExactEstimator { Semivalue = Semivalue.Banzhaf }),
        ("pairs", new GroupRemovalEstimator { GroupSize = 2, Iterations = null }),
        ("centred", new GroupRemovalEstimator { GroupSize = 1, Iterations = null, Centre = true }),
        ("debiased", new GroupRemovalEstimator { GroupSize = 2, Iterations = null, Debias = true }),
        ("weighted", new BanzhafMsrEstimator { Probability = 0.3 }),
        ("size-adjusted", new BanzhafMsrEstimator { AdjustsSize = true }),
        ("rescaled", new ClassWiseShapleyEstimator { IsRescaled = true }),
        ("insertion", new GroupRemovalEstimator { GroupSize = 1, Iterations = null, Direction = GroupDirection.Insertion }),
    ];
}
