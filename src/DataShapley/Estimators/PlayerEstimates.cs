using DataShapley.Statistics;

namespace DataShapley.Estimators;

/// <summary>Gathers the estimate of each player.</summary>
internal static class PlayerEstimates
{
    /// <summary>Reads an estimate from the sums of means of each player; one that is not known is 0 with an infinite standard error.</summary>
    public static Estimate Gather(int playerCount, Func<int, IndependentMeans> read)
    {
        double[] values = new double[playerCount];
        double[] errors = new double[playerCount];
        double[] degrees = new double[playerCount];
        long[] counts = new long[playerCount];
        for (int player = 0; player < playerCount; player++)
        {
            IndependentMeans sum = read(player);
            values[player] = double.IsNaN(sum.Value) ? 0 : sum.Value;
            errors[player] = sum.StandardError;
            degrees[player] = sum.DegreesOfFreedom;
            counts[player] = sum.Count;
        }

        return new Estimate(values, errors, counts) { DegreesOfFreedom = degrees };
    }
}
