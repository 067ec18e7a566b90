using DataShapley.Estimators;
using DataShapley.Games;

namespace DataShapley.Benchmarks;

/// <summary>What it costs to draw a coalition of many players and to credit all of them with its value, where the utility is free.</summary>
internal static class MsrCost
{
    public static void Run(int threads, bool isQuick)
    {
        CostTable.Begin(threads);
        foreach (int players in isQuick ? (int[])[1_000] : [1_000, 100_000])
        {
            foreach (int workers in (int[])[1, threads])
            {
                CostTable.Measure($"{players} players by MSR", workers, () => Value(new FreeUtility(players, isDeterministic: false), isQuick ? 50 : 1000, workers));
            }
        }
    }

    private static long Value(IUtility utility, long budget, int workers)
    {
        ValuationRecipe recipe = new(new BanzhafMsrEstimator()) { Budget = budget, Evaluation = new EvaluationOptions { Workers = workers } };
        return new DataValuator().ValueAsync(utility, recipe).GetAwaiter().GetResult().Evaluations;
    }
}
