namespace ModelAggregation.Mixture.Routers;

/// <summary>A router that was fitted, and how well.</summary>
public sealed record RouterFit
{
    /// <summary>Gets the layer whose states it was fitted to, from 0.</summary>
    public required int Layer { get; init; }

    /// <summary>Gets the router.</summary>
    public required Router Router { get; init; }

    /// <summary>Gets the share of the prompts, by weight, whose likeliest expert is their label.</summary>
    public required double Accuracy { get; init; }

    /// <summary>Gets the mean of <c>−ln p(label)</c> over the prompts, by weight, in nats.</summary>
    public required double CrossEntropy { get; init; }

    /// <summary>Gets the accuracy over prompts that were left out of a fit; null where there was no cross-validation.</summary>
    public double? HeldOutAccuracy { get; init; }

    /// <summary>Gets the cross-entropy over prompts that were left out of a fit; null where there was no cross-validation.</summary>
    public double? HeldOutCrossEntropy { get; init; }

    /// <summary>Gets the number of iterations of the fit to all prompts.</summary>
    public required int Iterations { get; init; }

    /// <summary>Gets the largest element of the gradient where the fit ended.</summary>
    public required double Gradient { get; init; }

    /// <summary>Gets whether the gradient is within the tolerance; a fit that has not converged is usable, and more iterations would improve it.</summary>
    public required bool IsConverged { get; init; }
}
