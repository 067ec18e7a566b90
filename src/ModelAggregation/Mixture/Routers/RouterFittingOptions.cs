namespace ModelAggregation.Mixture.Routers;

/// <summary>How a router is fitted.</summary>
public sealed record RouterFittingOptions
{
    /// <summary>Gets the kind of the router.</summary>
    /// <value>Linear by default.</value>
    public RouterKind Kind { get; init; }

    /// <summary>Gets the size of the inner layer of a router of two layers.</summary>
    /// <value>At least 1; 32 by default.</value>
    public int InnerSize { get; init => field = AtLeast(1, value); } = 32;

    /// <summary>Gets the strength λ of the penalty <c>λ/2 · Σ w²</c> over the weights, biases left out. Without one, the weights of a router that tells all prompts apart would grow without end.</summary>
    /// <value>Above 0 and finite; 0.001 by default.</value>
    public double Penalty { get; init => field = Positive(value); } = 1e-3;

    /// <summary>Gets whether each element of the states is divided by its deviation over the prompts before, so that the penalty meets all alike. What is divided by is folded into the router's weights afterwards.</summary>
    /// <value>True by default.</value>
    public bool Standardizes { get; init; } = true;

    /// <summary>Gets the number of parts of a cross-validation: each is scored by a router that was fitted to the others.</summary>
    /// <value>0 for none, or at least 2; 5 by default. At most as many parts as prompts are made.</value>
    public int Folds
    {
        get;
        init => field = value is 0 or >= 2 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "There is no cross-validation, or one of at least 2 parts.");
    } = 5;

    /// <summary>Gets the most iterations of a fit.</summary>
    /// <value>At least 1; 1000 by default.</value>
    public int MaxIterations { get; init => field = AtLeast(1, value); } = 1000;

    /// <summary>Gets the largest element of the gradient at which a fit has converged.</summary>
    /// <value>Above 0 and finite; 1e-6 by default.</value>
    public double Tolerance { get; init => field = Positive(value); } = 1e-6;

    /// <summary>Gets the seed of the parts of the cross-validation, and of the first weights of a router of two layers.</summary>
    /// <value>0 by default.</value>
    public ulong Seed { get; init; }

    /// <summary>Gets how many fits run at a time: those of layers, and of the parts of a cross-validation. It changes no bit.</summary>
    /// <value>The number of processors by default; at least 1.</value>
    public int Threads { get; init => field = AtLeast(1, value); } = Environment.ProcessorCount;

    private static int AtLeast(int least, int value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, least);
        return value;
    }

    private static double Positive(double value) =>
        value > 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The number is above 0 and finite.");
}
