namespace LoraFederation.LowRank;

/// <summary>The smallest number of components that hold a share of the energy.</summary>
internal static class EnergyRule
{
    public static void Check(double energy)
    {
        if (!(energy > 0 && energy <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(energy), energy, "A share of the energy is in (0, 1].");
        }
    }

    /// <summary>Returns the smallest p with <c>σ_1² + … + σ_p² ≥ energy · Σ σ²</c>; with energy 1, the number of values that are not zero.</summary>
    public static int RankFor(IReadOnlyList<double> singularValues, double energy)
    {
        if (energy == 1)
        {
            return singularValues.Count(value => value > 0);
        }

        double wanted = energy * SquaresFrom(singularValues, 0);
        double held = 0;
        int rank = 0;
        while (rank < singularValues.Count && held < wanted)
        {
            held += singularValues[rank] * singularValues[rank];
            rank++;
        }

        return rank;
    }

    /// <summary>Sums the squares of the values from an index on, smallest first, so that they are not lost beside the large ones.</summary>
    public static double SquaresFrom(IReadOnlyList<double> singularValues, int first)
    {
        double sum = 0;
        for (int i = singularValues.Count - 1; i >= first; i--)
        {
            sum += singularValues[i] * singularValues[i];
        }

        return sum;
    }
}
