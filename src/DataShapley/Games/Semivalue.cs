using MathNet.Numerics;

namespace DataShapley.Games;

/// <summary>A semivalue: φ_i = Σ_{S∌i} w(|S|) · (v(S∪i) − v(S)), with weights that depend on the size alone.</summary>
public abstract record Semivalue
{
    /// <summary>Gets the Shapley value.</summary>
    public static ShapleyValue Shapley { get; } = new();

    /// <summary>Gets the Banzhaf value.</summary>
    public static BanzhafValue Banzhaf { get; } = new();

    /// <summary>Gets leave-one-out.</summary>
    public static LeaveOneOutValue LeaveOneOut { get; } = new();

    /// <summary>Gets the name in results, such as <c>beta(16,1)</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Gets whether the values sum to v(all) − v(nobody).</summary>
    public virtual bool IsEfficient => false;

    /// <summary>Creates the Beta-Shapley value: a large α weighs small coalitions, a large β large ones.</summary>
    /// <param name="alpha">Above zero.</param>
    /// <param name="beta">Above zero.</param>
    public static BetaValue Beta(double alpha, double beta) => new(alpha, beta);

    /// <summary>Computes the logarithm of the weight of one coalition.</summary>
    /// <param name="players">The number of players n, 1 or more.</param>
    /// <param name="size">The size of the coalition without the player, from 0 to n − 1.</param>
    /// <returns>ln w(size); −∞ for a weight of zero. Σ_s C(n−1, s) · w(s) = 1 unless the semivalue says otherwise.</returns>
    public abstract double LogWeight(int players, int size);

    /// <summary>Computes ln C(n − 1, s): how many coalitions of a size there are without a given player.</summary>
    /// <param name="players">The number of players n.</param>
    /// <param name="size">The size s, from 0 to n − 1.</param>
    public static double LogCount(int players, int size)
    {
        CheckSize(players, size);
        return SpecialFunctions.FactorialLn(players - 1) - SpecialFunctions.FactorialLn(size) - SpecialFunctions.FactorialLn(players - 1 - size);
    }

    private protected static void CheckSize(int players, int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(players, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, players - 1);
    }
}
