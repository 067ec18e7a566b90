using System.Globalization;
using MathNet.Numerics;

namespace DataShapley.Games;

/// <summary>The Beta-Shapley value (Kwon and Zou, AISTATS 2022): w(s) = B(s+β, n−s−1+α) / B(α, β). Beta(1, 1) is the Shapley value.</summary>
public sealed record BetaValue : Semivalue
{
    private const int LongestSum = 256;

    /// <summary>Creates the semivalue.</summary>
    /// <param name="alpha">Above zero, finite; large values weigh small coalitions, as finding noise asks for: 16 or 4.</param>
    /// <param name="beta">Above zero, finite; large values weigh large coalitions.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is not above zero and finite.</exception>
    public BetaValue(double alpha, double beta)
    {
        Alpha = Check(alpha, nameof(alpha));
        Beta = Check(beta, nameof(beta));
    }

    /// <summary>Gets α.</summary>
    public double Alpha { get; }

    /// <summary>Gets β.</summary>
    public new double Beta { get; }

    /// <inheritdoc />
    public override string Name => string.Create(CultureInfo.InvariantCulture, $"beta({Alpha},{Beta})");

    /// <inheritdoc />
    public override bool IsEfficient => Alpha == 1 && Beta == 1;

    /// <inheritdoc />
    public override double LogWeight(int players, int size)
    {
        CheckSize(players, size);
        return LogRising(Beta, size) + LogRising(Alpha, players - 1 - size) - LogRising(Alpha + Beta, players - 1);
    }

    // ln of a · (a+1) · … · (a+count−1), which is Γ(a+count) / Γ(a): the sum is more exact than the difference as long as it is short.
    private static double LogRising(double a, int count)
    {
        if (count > LongestSum)
        {
            return SpecialFunctions.GammaLn(a + count) - SpecialFunctions.GammaLn(a);
        }

        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            sum += Math.Log(a + i);
        }

        return sum;
    }

    private static double Check(double value, string name) =>
        value > 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(name, value, "A parameter of Beta-Shapley is above zero and finite.");
}
