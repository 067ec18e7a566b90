namespace DataShapley.Games;

/// <summary>What becomes of a value that cannot be had. Whatever it is, failures are counted and reported.</summary>
public sealed record FailurePolicy
{
    private FailurePolicy(double? value, bool isThrown)
    {
        Value = value;
        IsThrown = isThrown;
    }

    /// <summary>Gets the policy that ends the run with a <see cref="UtilityException"/>; the default.</summary>
    public static FailurePolicy Throw { get; } = new(null, isThrown: true);

    /// <summary>Gets the policy that leaves out what needs the value. Where failures depend on the coalition, what is left is biased.</summary>
    public static FailurePolicy Skip { get; } = new(null, isThrown: false);

    /// <summary>Gets whether the run ends.</summary>
    public bool IsThrown { get; }

    /// <summary>Gets the value that stands in, or null.</summary>
    public double? Value { get; }

    /// <summary>Creates the policy that puts a value in its place, such as a random guess's accuracy.</summary>
    /// <param name="value">The value, finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">The value is not finite.</exception>
    public static FailurePolicy Use(double value) => double.IsFinite(value)
        ? new FailurePolicy(value, isThrown: false)
        : throw new ArgumentOutOfRangeException(nameof(value), value, "A value that stands in for a failed one is finite.");
}
