namespace LoraFederation.Optimizers;

/// <summary>FedAdam: the mean square fades, <c>v ← β2 v + (1 − β2) Δ²</c>.</summary>
/// <remarks>Reddi et al. 2021, "Adaptive Federated Optimization" (arXiv 2003.00295), algorithm 2.</remarks>
public sealed record FedAdamOptimizer : AdaptiveOptimizer
{
    /// <inheritdoc />
    public override string Name => "fedadam";

    /// <inheritdoc />
    protected override double NextSquare(double square, double change) => Math.FusedMultiplyAdd(SquareDecay, square, (1 - SquareDecay) * change);
}
