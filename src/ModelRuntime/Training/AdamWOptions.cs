namespace ModelRuntime.Training;

/// <summary>Settings of <see cref="AdamW"/>.</summary>
public sealed record AdamWOptions
{
    /// <summary>Gets β₁, the decay of the mean of gradients.</summary>
    /// <value>In [0, 1); 0.9 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The decay is outside of that.</exception>
    public double Beta1
    {
        get;
        init => field = value is >= 0 and < 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A decay is in [0, 1).");
    } = 0.9;

    /// <summary>Gets β₂, the decay of the mean of squared gradients.</summary>
    /// <value>In [0, 1); 0.999 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The decay is outside of that.</exception>
    public double Beta2
    {
        get;
        init => field = value is >= 0 and < 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A decay is in [0, 1).");
    } = 0.999;

    /// <summary>Gets ε, what is added to the root of the mean square.</summary>
    /// <value>Above 0 and finite; 1e-8 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is outside of that.</exception>
    public double Epsilon
    {
        get;
        init => field = value > 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Epsilon is above zero and finite.");
    } = 1e-8;

    /// <summary>Gets λ, the weight decay: with each step a weight loses the learning rate times this share of itself.</summary>
    /// <value>Not negative and finite; 0.01 by default. Norms and biases do not decay.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is outside of that.</exception>
    public double WeightDecay
    {
        get;
        init => field = value >= 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Weight decay is not negative and finite.");
    } = 0.01;
}
