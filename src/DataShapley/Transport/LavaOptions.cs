namespace DataShapley.Transport;

/// <summary>Settings of <see cref="LavaScores"/>.</summary>
public sealed record LavaOptions
{
    /// <summary>Gets the entropic regularisation as a share of the mean cost.</summary>
    /// <value>Above zero; 0.1 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The share is not above zero and finite.</exception>
    public double Regularization
    {
        get;
        init => field = value > 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The regularisation is above zero.");
    } = 0.1;

    /// <summary>Gets the weight of the distance between labels beside that between features.</summary>
    /// <value>Not negative; 1 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The weight is negative or not finite.</exception>
    public double LabelWeight
    {
        get;
        init => field = value >= 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The weight of labels is not negative.");
    } = 1;

    /// <summary>Gets the greatest number of iterations.</summary>
    /// <value>1 or more; 1000 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public int Iterations
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 1000;

    /// <summary>Gets how far marginals may be from what they should be, summed, for the iterations to end.</summary>
    /// <value>Above zero; 1e-6 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The tolerance is not above zero.</exception>
    public double Tolerance
    {
        get;
        init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The tolerance is above zero.");
    } = 1e-6;
}
