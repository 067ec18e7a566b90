namespace DataShapley.Estimators.Allocations;

/// <summary>The numbers of samples that δ-Shapley (Watson et al., 2022) needs for models trained by stochastic gradient descent on a smooth, not convex loss: m_s = ⌈2 ln(2n/δ) · X / ε²⌉.</summary>
/// <remarks>
/// H = M^{q/(q+1)} · (2cL²)^{1/(q+1)} · T^{q/(q+1)} · (1+1/q) / max(s−1, 1) with q = c · smoothness bounds what one more point changes.
/// X = 2H² + 2MH + 4Mε/3 in theorem 7; X = H²/validation + 2Mε/3 in the authors' code, which <see cref="ValidationSize"/> selects.
/// </remarks>
public sealed record DeltaShapleyBound : SizeAllocation
{
    /// <summary>Creates the bound.</summary>
    /// <param name="error">ε, above zero: how far a value may be off.</param>
    /// <param name="failureProbability">δ, in (0, 1): how often it may be farther off.</param>
    public DeltaShapleyBound(double error, double failureProbability)
    {
        Error = CheckPositive(error);
        FailureProbability = failureProbability is > 0 and < 1
            ? failureProbability
            : throw new ArgumentOutOfRangeException(nameof(failureProbability), failureProbability, "The probability of a failure lies in (0, 1).");
    }

    /// <summary>Gets ε.</summary>
    public double Error { get; }

    /// <summary>Gets δ.</summary>
    public double FailureProbability { get; }

    /// <summary>Gets the greatest loss M.</summary>
    /// <value>Above zero; 1 by default.</value>
    public double MaximumLoss { get; init => field = CheckPositive(value); } = 1;

    /// <summary>Gets the Lipschitz constant L of the loss.</summary>
    /// <value>Above zero; 1 by default.</value>
    public double Lipschitz { get; init => field = CheckPositive(value); } = 1;

    /// <summary>Gets the Lipschitz constant of the gradient of the loss.</summary>
    /// <value>Above zero; 1 by default.</value>
    public double Smoothness { get; init => field = CheckPositive(value); } = 1;

    /// <summary>Gets the constant c of the learning rate c/t at step t.</summary>
    /// <value>Above zero; 0.1 by default.</value>
    public double LearningRate { get; init => field = CheckPositive(value); } = 0.1;

    /// <summary>Gets the number of steps T.</summary>
    /// <value>Above zero; 100 by default.</value>
    public double Steps { get; init => field = CheckPositive(value); } = 100;

    /// <summary>Gets the number of validation points, for the formula of the authors' code.</summary>
    /// <value>1 or more; null by default: the formula of theorem 7.</value>
    public int? ValidationSize
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value ?? 1, 1);
            field = value;
        }
    }

    /// <inheritdoc />
    public override bool IsAbsolute => true;

    /// <inheritdoc />
    public override double Weight(int players, int size)
    {
        double q = Smoothness * LearningRate;
        double power = q / (q + 1);
        double h = Math.Pow(MaximumLoss, power) * Math.Pow(2 * LearningRate * Lipschitz * Lipschitz, 1 / (q + 1)) * Math.Pow(Steps, power) * (1 + (1 / q)) / Math.Max(size - 1, 1);
        double x = ValidationSize is { } validation
            ? (h * h / validation) + (2 * MaximumLoss * Error / 3)
            : (2 * h * h) + (2 * MaximumLoss * h) + (4 * MaximumLoss * Error / 3);
        return Math.Ceiling(2 * Math.Log(2.0 * players / FailureProbability) * x / (Error * Error));
    }

    private static double CheckPositive(double value) =>
        value > 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The numbers of a bound are above zero and finite.");
}
