namespace DataShapley.Estimators.Allocations;

/// <summary>f(s) = intercept + slope · s.</summary>
public sealed record LinearAllocation : SizeAllocation
{
    /// <summary>Creates the allocation.</summary>
    /// <param name="intercept">Above zero, finite.</param>
    /// <param name="slope">Not negative, finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number lies outside.</exception>
    public LinearAllocation(double intercept, double slope)
    {
        Intercept = intercept > 0 && double.IsFinite(intercept)
            ? intercept
            : throw new ArgumentOutOfRangeException(nameof(intercept), intercept, "The weight of the empty coalition is above zero and finite.");
        Slope = slope >= 0 && double.IsFinite(slope)
            ? slope
            : throw new ArgumentOutOfRangeException(nameof(slope), slope, "The slope of a linear allocation is finite and not negative.");
    }

    /// <summary>Gets the weight of the empty coalition.</summary>
    public double Intercept { get; }

    /// <summary>Gets what each further member adds.</summary>
    public double Slope { get; }

    /// <inheritdoc />
    public override double Weight(int players, int size) => Intercept + (Slope * size);
}
