using DataShapley.Games;

namespace DataShapley.Estimators;

/// <summary>The weights of a semivalue, summed over all coalitions of a size.</summary>
internal static class SizeWeights
{
    /// <summary>Computes C(n−1, s) · w(s) for each size: the probability with which the semivalue meets a size.</summary>
    public static double[] Of(Semivalue semivalue, int players) => Compute(semivalue, players, 0);

    /// <summary>Computes n · C(n−1, s) · w(s) for each size: 1 to the bit for the Shapley value.</summary>
    public static double[] OfOrders(Semivalue semivalue, int players) => Compute(semivalue, players, Math.Log(players));

    // ln n and ln C are added first, as in the Shapley value's own weight: so that they cancel exactly.
    private static double[] Compute(Semivalue semivalue, int players, double logScale)
    {
        double[] weights = new double[players];
        for (int size = 0; size < players; size++)
        {
            weights[size] = Math.Exp(logScale + Semivalue.LogCount(players, size) + semivalue.LogWeight(players, size));
        }

        return weights;
    }
}
