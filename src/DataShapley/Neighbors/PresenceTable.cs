using DataShapley.Games;

namespace DataShapley.Neighbors;

/// <summary>F_i = P(X_i ≤ K − 1): how likely the i-th neighbour is among the K nearest of a random coalition, where X_i counts those of the i − 1 nearer ones that take part.</summary>
internal static class PresenceTable
{
    // Without a closed form the table takes players² steps.
    public const int MostPlayersWithoutForm = 100_000;

    private const double Tiny = 1e-150;
    private const int TinyExponent = 500;

    /// <summary>Computes F_1 to F_n.</summary>
    /// <param name="semivalue">The semivalue.</param>
    /// <param name="players">n.</param>
    /// <param name="k">K, 1 or more.</param>
    public static double[] Compute(Semivalue semivalue, int players, int k) => semivalue switch
    {
        ShapleyValue => [.. Enumerable.Range(1, players).Select(i => Math.Min(k, i) / (double)i)],

        // Binomial: an urn that does not remember. Beta-binomial: one that does.
        BanzhafValue banzhaf => Urn(players, k, _ => banzhaf.Probability, (_, _) => 1 - banzhaf.Probability, (_, _) => banzhaf.Probability),
        BetaValue beta => Urn(
            players,
            k,
            drawn => (beta.Beta + drawn) / (beta.Alpha + beta.Beta + drawn),
            (drawn, taken) => (beta.Alpha + drawn - taken) / (beta.Alpha + beta.Beta + drawn),
            (drawn, taken) => (beta.Beta + taken) / (beta.Alpha + beta.Beta + drawn)),
        _ => Thin(semivalue, players, k),
    };

    /// <summary>Follows p = P(X_i = K − 1) from neighbour to neighbour: F_{i+1} = F_i − p · P(the i-th takes part | K − 1 of the i − 1 nearer ones do).</summary>
    /// <remarks>P(X_{i+1} = K − 1) / P(X_i = K − 1) = i / (i − K + 1) · P(the i-th stays away). The first p underflows for large K: it carries an exponent.</remarks>
    private static double[] Urn(int players, int k, Func<int, double> allTaken, Func<int, int, double> staysAway, Func<int, int, double> takesPart)
    {
        double[] table = new double[players];
        Array.Fill(table, 1);
        double p = 1;
        int exponent = 0;
        for (int drawn = 0; drawn < k - 1 && drawn < players; drawn++)
        {
            p = Rescale(p * allTaken(drawn), ref exponent);
        }

        for (int i = k; i < players; i++)
        {
            int drawn = i - 1;
            table[i] = Math.Max(0, table[i - 1] - (Math.ScaleB(p, exponent) * takesPart(drawn, k - 1)));
            p = Rescale(p * (i / (double)(i - k + 1)) * staysAway(drawn, k - 1), ref exponent);
        }

        return table;
    }

    private static double Rescale(double p, ref int exponent)
    {
        if (p < Tiny)
        {
            exponent -= TinyExponent;
            return Math.ScaleB(p, TinyExponent);
        }

        if (p > 1 / Tiny)
        {
            exponent += TinyExponent;
            return Math.ScaleB(p, -TinyExponent);
        }

        return p;
    }

    /// <summary>Takes players away one after the other: P(X_i = j) = P(X_{i+1} = j)·(i − j)/i + P(X_{i+1} = j + 1)·(j + 1)/i, from the sizes of coalitions of all.</summary>
    private static double[] Thin(Semivalue semivalue, int players, int k)
    {
        if (players > MostPlayersWithoutForm)
        {
            throw new ValuationException(
                ValuationError.TooManyPlayers,
                $"Neighbour values of {semivalue.Name} take players² steps: at most {MostPlayersWithoutForm} players, not {players}. Take Shapley, Banzhaf or Beta.");
        }

        double[] sizes = new double[players + 1];
        for (int size = 0; size < players; size++)
        {
            sizes[size] = Math.Exp(Semivalue.LogCount(players, size) + semivalue.LogWeight(players, size));
        }

        double[] table = new double[players];
        for (int i = players; i >= 1; i--)
        {
            double sum = 0;
            for (int j = 0; j < Math.Min(k, i); j++)
            {
                sum += sizes[j];
            }

            table[i - 1] = sum;
            double scale = 1.0 / (i - 1);
            for (int j = 0; j < i - 1; j++)
            {
                sizes[j] = ((sizes[j] * (i - 1 - j)) + (sizes[j + 1] * (j + 1))) * scale;
            }
        }

        return table;
    }
}
