using DataShapley.Estimators;
using DataShapley.Games;

namespace DataShapley.Benchmarks;

/// <summary>What orders of 1,000 players cost where the utility follows growing coalitions for nothing: all of it is the estimator and the library.</summary>
internal static class PermutationCost
{
    public static void Run(int threads, bool isQuick)
    {
        int players = isQuick ? 50 : 1000;
        long orders = isQuick ? 20 : 2000;
        CostTable.Begin(threads);
        foreach (int workers in (int[])[1, threads])
        {
            CostTable.Measure($"{players} players in orders", workers, () => Value(new FreeGrowingUtility(players), orders, workers));
            CostTable.Measure($"{players} players in orders, by coalitions", workers, () => Value(new FreeUtility(players, isDeterministic: false), orders / 20, workers));
        }
    }

    private static long Value(IUtility utility, long orders, int workers)
    {
        ValuationRecipe recipe = new(new PermutationEstimator()) { Budget = (orders * (utility.PlayerCount + 1)) + 2, Evaluation = new EvaluationOptions { Workers = workers } };
        return new DataValuator().ValueAsync(utility, recipe).GetAwaiter().GetResult().Evaluations;
    }
}
