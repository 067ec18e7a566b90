namespace DataShapley.Utilities;

/// <summary>The settings of a <see cref="RepeatedUtility"/>.</summary>
public sealed record RepeatedUtilityOptions
{
    /// <summary>Gets the standard error, as a part of the mean's magnitude, below which a coalition is not repeated any more.</summary>
    /// <value>Not negative; 0.1 by default. 0 repeats up to the maximum, unless all repetitions agree.</value>
    /// <exception cref="ArgumentOutOfRangeException">The part is not a finite number, or negative.</exception>
    public double RelativeError
    {
        get;
        init => field = value >= 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The relative error is a finite number, not negative.");
    } = 0.1;

    /// <summary>Gets the least number of repetitions.</summary>
    /// <value>2 or more; 3 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 2.</exception>
    public int Minimum
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 2);
            field = value;
        }
    } = 3;

    /// <summary>Gets the greatest number of repetitions; where it is below the minimum, the minimum counts.</summary>
    /// <value>2 or more; 30 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 2.</exception>
    public int Maximum
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 2);
            field = value;
        }
    } = 30;
}
