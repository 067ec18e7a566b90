namespace DataShapley.Estimators.Allocations;

/// <summary>f(s) = (1+s)^exponent: constant at 0, harmonic at −1.</summary>
public sealed record PowerLawAllocation : SizeAllocation
{
    /// <summary>Creates the allocation.</summary>
    /// <param name="exponent">The exponent, finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">The exponent is not finite.</exception>
    public PowerLawAllocation(double exponent) =>
        Exponent = double.IsFinite(exponent) ? exponent : throw new ArgumentOutOfRangeException(nameof(exponent), exponent, "The exponent of a power law is finite.");

    /// <summary>Gets the exponent.</summary>
    public double Exponent { get; }

    /// <inheritdoc />
    public override double Weight(int players, int size) => Math.Pow(1.0 + size, Exponent);
}
