namespace DataShapley.Estimators.Allocations;

/// <summary>How samples are divided among the sizes of coalitions: the number m_s at size s is proportional to a weight f(s).</summary>
public abstract record SizeAllocation
{
    /// <summary>Gets the same number at each size; the default.</summary>
    public static SizeAllocation Constant { get; } = new PowerLawAllocation(0);

    /// <summary>Gets f(s) = 1/(1+s), as variance-reduced data Shapley has it (Wu et al., 2023).</summary>
    public static SizeAllocation Harmonic { get; } = new PowerLawAllocation(-1);

    /// <summary>Gets f(s) = 1/(s+1) + 1/(n−s), as group testing draws sizes: small and large coalitions most.</summary>
    public static SizeAllocation GroupTesting { get; } = new GroupTestingAllocation();

    /// <summary>Creates f(s) = (1+s)^exponent.</summary>
    /// <param name="exponent">Finite; from −1 to −½ as a rule, near −2 for δ-Shapley.</param>
    public static SizeAllocation PowerLaw(double exponent) => new PowerLawAllocation(exponent);

    /// <summary>Creates f(s) = intercept + slope · s.</summary>
    /// <param name="intercept">Above zero, finite.</param>
    /// <param name="slope">Not negative, finite.</param>
    public static SizeAllocation Linear(double intercept, double slope) => new LinearAllocation(intercept, slope);

    /// <summary>Gets whether the weights are the numbers of samples themselves, not proportional to them.</summary>
    public virtual bool IsAbsolute => false;

    /// <summary>Computes f(s).</summary>
    /// <param name="players">The number of players n.</param>
    /// <param name="size">The size s of the coalition without the player, from 0 to n − 1.</param>
    /// <returns>Above zero, finite: a size without samples would bias values.</returns>
    public abstract double Weight(int players, int size);

    /// <summary>Computes how many samples variance-reduced data Shapley takes for each player in all, ⌈2 (ln 2 − ln δ) / ε² · (ln n + 1)²⌉, so that a value is off by more than ε with a probability of δ at most, for marginal contributions of size s within 1/(1+s) or so. As pyDVL's code has it.</summary>
    /// <param name="players">The number of players n, 1 or more.</param>
    /// <param name="error">ε, above zero.</param>
    /// <param name="failureProbability">δ, in (0, 1).</param>
    /// <returns>A number for <c>SamplesPerPlayer</c>.</returns>
    public static long HarmonicSampleCount(int players, double error, double failureProbability)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(players, 1);
        if (!(error > 0 && double.IsFinite(error)))
        {
            throw new ArgumentOutOfRangeException(nameof(error), error, "The error is above zero and finite.");
        }

        if (!(failureProbability is > 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(failureProbability), failureProbability, "The probability of a failure lies in (0, 1).");
        }

        double logs = Math.Log(players) + 1;
        return checked((long)Math.Ceiling(2 * (Math.Log(2) - Math.Log(failureProbability)) / (error * error) * logs * logs));
    }
}
