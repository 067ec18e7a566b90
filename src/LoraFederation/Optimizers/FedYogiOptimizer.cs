namespace LoraFederation.Optimizers;

/// <summary>FedYogi: the mean square moves by steps that do not depend on it, <c>v ← v − (1 − β2) Δ² sign(v − Δ²)</c>, so it forgets large changes more slowly.</summary>
/// <remarks>Reddi et al. 2021, "Adaptive Federated Optimization" (arXiv 2003.00295), algorithm 2.</remarks>
public sealed record FedYogiOptimizer : AdaptiveOptimizer
{
    /// <inheritdoc />
    public override string Name => "fedyogi";

    /// <inheritdoc />
    protected override double NextSquare(double square, double change) =>
        Math.FusedMultiplyAdd(-Math.Sign(square - change) * (1 - SquareDecay), change, square);
}
