namespace DataShapley.Stopping;

/// <summary>Stops when the standard error of every player, or of a share of them, is at most a tolerance in units of the utility.</summary>
/// <remarks>Never stops an estimator without standard errors. Stopping on an error that was estimated favours estimates that came out small: keep the burn-in.</remarks>
public sealed record AbsoluteStandardError : StoppingRule
{
    /// <summary>Creates the rule.</summary>
    /// <param name="tolerance">The standard error, above zero and finite, such as 0.005 of accuracies.</param>
    /// <exception cref="ArgumentOutOfRangeException">The tolerance is not above zero and finite.</exception>
    public AbsoluteStandardError(double tolerance) =>
        Tolerance = tolerance > 0 && double.IsFinite(tolerance) ? tolerance : throw new ArgumentOutOfRangeException(nameof(tolerance), tolerance, "A tolerance is above zero and finite.");

    /// <summary>Gets the tolerance.</summary>
    public double Tolerance { get; }

    /// <summary>Gets the share of players that have to be within it.</summary>
    /// <value>In (0, 1]; 1 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The share lies outside.</exception>
    public double Fraction
    {
        get;
        init => field = value is > 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A share of players lies in (0, 1].");
    } = 1;

    /// <summary>Gets how many samples a player needs more than before his standard error counts.</summary>
    /// <value>1 or more; 4 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public long BurnIn
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 4;

    /// <inheritdoc />
    public override StoppingMonitor Begin(StoppingStart start) => new StandardErrorMonitor(_ => Tolerance, Fraction, BurnIn);
}
