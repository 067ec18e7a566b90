namespace DataShapley.Estimators.Truncations;

/// <summary>When the rest of an order is not evaluated, because what is left to gain or lose is judged to be nothing. Saves evaluations and biases the values.</summary>
public abstract record TruncationPolicy
{
    /// <summary>Gets the policy that evaluates every step; the default.</summary>
    public static TruncationPolicy None { get; } = new NoTruncation();

    /// <summary>Gets the policy of truncated Monte Carlo (Ghorbani and Zou, ICML 2019): more than five consecutive steps within 1 % of the end's value. The end's value itself stands for its mean over resampled test sets.</summary>
    public static TruncationPolicy GhorbaniZou { get; } = new RelativeTruncation(0.01) { ConsecutiveSteps = 6 };

    /// <summary>Creates the policy that evaluates a fixed share of each order.</summary>
    /// <param name="fraction">The share, in (0, 1].</param>
    public static TruncationPolicy Fixed(double fraction) => new FixedTruncation(fraction);

    /// <summary>Creates the policy that stops near the end's value, relative to that.</summary>
    /// <param name="tolerance">The relative distance, not negative.</param>
    /// <param name="burnIn">The share of each order that is evaluated in any case, in [0, 1].</param>
    /// <param name="consecutiveSteps">How many steps in a row have to be that near.</param>
    public static TruncationPolicy Relative(double tolerance, double burnIn = 0, int consecutiveSteps = 1) =>
        new RelativeTruncation(tolerance) { BurnIn = burnIn, ConsecutiveSteps = consecutiveSteps };

    /// <summary>Creates the policy that stops near the end's value, in deviations of the values of the same order.</summary>
    /// <param name="deviations">How many standard deviations, above zero.</param>
    /// <param name="burnIn">The share of each order that is evaluated in any case, in [0, 1].</param>
    public static TruncationPolicy Deviation(double deviations, double burnIn = 0) => new DeviationTruncation(deviations) { BurnIn = burnIn };

    /// <summary>Begins an order.</summary>
    /// <param name="players">The number of players.</param>
    /// <param name="end">The value at the end of the order; NaN where it failed and is left out.</param>
    /// <returns>Is told after each step how many players moved and the value, and says whether to stop there; null never stops.</returns>
    public abstract Func<int, double, bool>? Begin(int players, double end);

    private protected static double CheckShare(double value) =>
        value is >= 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The share of an order that is evaluated in any case lies in [0, 1].");
}
