using DataShapley.Estimators;
using DataShapley.Games;
using MathNet.Numerics.Distributions;

namespace DataShapley.Tests.Estimators;

/// <summary>Runs an estimator under many seeds and compares with what it should find.</summary>
internal static class CoalitionRuns
{
    private const double Level = 0.9;

    /// <summary>Gets the values of a game of four players without any symmetry, with a value of nobody.</summary>
    public static IReadOnlyList<double> UnevenValues { get; } = [3, 4, 3.5, 6, 2, 5, 3, 7.5, 4, 5, 3, 9, 6, 6.5, 5, 11];

    public static TableUtility Uneven { get; } = new("uneven", [.. UnevenValues]);

    public static Task<ValuationResult> RunAsync(IUtility utility, Estimator estimator, long? budget, ulong seed = 0, int workers = 2) =>
        new DataValuator().ValueAsync(utility, new ValuationRecipe(estimator) { Budget = budget, Seed = seed, Evaluation = new EvaluationOptions { Workers = workers } });

    public static async Task<double[]> ExactAsync(IUtility utility, Semivalue semivalue) =>
        [.. (await RunAsync(utility, new ExactEstimator { Semivalue = semivalue }, budget: null)).Values];

    /// <summary>Measures, over seeds, by how many of its own standard errors the mean is off at worst, and how often intervals of 90 % hold the value.</summary>
    public static async Task<(double Bias, double Coverage)> MeasureAsync(IUtility utility, Estimator estimator, long budget, double[] expected, int seeds = 150)
    {
        double[] sums = new double[expected.Length];
        double[] squares = new double[expected.Length];
        long covered = 0;
        for (int seed = 0; seed < seeds; seed++)
        {
            ValuationResult result = await RunAsync(utility, estimator, budget, (ulong)seed);
            for (int i = 0; i < expected.Length; i++)
            {
                double miss = result.Values[i] - expected[i];
                sums[i] += miss;
                squares[i] += miss * miss;
                double quantile = StudentT.InvCDF(0, 1, Math.Clamp(result.DegreesOfFreedom[i], 1, 1e6), (1 + Level) / 2);
                covered += Math.Abs(miss) <= (quantile * result.StandardErrors[i]) + 1e-12 ? 1 : 0;
            }
        }

        double bias = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double mean = sums[i] / seeds;
            double spread = Math.Sqrt(Math.Max(0, (squares[i] / seeds) - (mean * mean)) / seeds);
            bias = Math.Max(bias, Math.Abs(mean) <= 1e-12 ? 0 : Math.Abs(mean) / spread);
        }

        return (bias, (double)covered / (seeds * expected.Length));
    }
}
