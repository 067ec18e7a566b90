using DataShapley.Games;

namespace DataShapley.Estimators.Samplers;

/// <summary>Draws coalitions without a player, and says how likely each was: what <see cref="MarginalEstimator"/> needs to weigh them for a semivalue.</summary>
public abstract record CoalitionSampler
{
    /// <summary>Gets the name, such as <c>permutation</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Gets how many coalitions a draw has; their mean is the independent sample.</summary>
    /// <value>1 by default.</value>
    public virtual int CoalitionsPerDraw => 1;

    /// <summary>Computes ln p(S) of one coalition of each size.</summary>
    /// <param name="players">The number of players n, 1 or more.</param>
    /// <returns>n numbers, for sizes 0 to n − 1 of the others; −∞ where a size is never drawn. Σ_s C(n−1, s) · p(s) = 1.</returns>
    public abstract double[] LogProbabilities(int players);

    /// <summary>Draws coalitions, each with the probability that <see cref="LogProbabilities"/> says.</summary>
    /// <param name="random">The random numbers.</param>
    /// <param name="players">The number of players.</param>
    /// <param name="player">The player who is in none of them.</param>
    /// <returns><see cref="CoalitionsPerDraw"/> coalitions.</returns>
    public abstract IReadOnlyList<Coalition> Next(RandomSequence random, int players, int player);

    private protected static double[] Fill(int players, Func<int, double> probability)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(players, 1);
        return [.. Enumerable.Range(0, players).Select(probability)];
    }
}
