namespace LoraFederation.Robustness;

/// <summary>The geometric median: the point whose summed distance to all updates is least, which fewer than half of the weight cannot move far.</summary>
/// <remarks>
/// Pillutla, Kakade and Harchaoui 2022, "Robust Aggregation for Federated Learning" (arXiv 1912.13445), algorithm 2, smoothed Weiszfeld steps:
/// <c>w_k ∝ p_k / max(ν, ‖ΔW_k − Σ w_j ΔW_j‖)</c>. The median is a weighted sum of the updates, so the steps need their inner products only. ν is
/// <see cref="Smoothing"/> times the median norm; p_k are the <see cref="RobustWeighting.Prior"/> at every step.
/// </remarks>
public sealed record GeometricMedianWeighting : RobustWeighting
{
    // What is left to gain is then far below the rounding of the inner products.
    private const double Settled = 1e-12;

    /// <inheritdoc />
    public override string Name => "geometric_median";

    /// <summary>Gets the most steps.</summary>
    /// <value>At least 1; 1,000 by default. They end once a step moves no weight by more than 1e-12.</value>
    public int Iterations
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 1000;

    /// <summary>Gets the distance, over the median of the norms, below which an update is not nearer than another.</summary>
    /// <value>In (0, 1]; 1e-6 by default.</value>
    public double Smoothing
    {
        get;
        init
        {
            if (!(value > 0 && value <= 1))
            {
                throw new ArgumentOutOfRangeException(nameof(value), value, "The smoothing is in (0, 1].");
            }

            field = value;
        }
    } = 1e-6;

    /// <inheritdoc />
    protected override IReadOnlyList<double> Weigh(UpdateGeometry geometry, IReadOnlyList<double> prior)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        ArgumentNullException.ThrowIfNull(prior);
        double nearest = Smoothing * Medians.Upper([.. Enumerable.Range(0, geometry.Count).Select(geometry.Norm)]);
        double[] weights = [.. prior];
        for (int step = 0; step < Iterations && nearest > 0; step++)
        {
            double[] distances = geometry.DistancesFrom(weights);
            double[] next = [.. prior.Select((weight, client) => weight / Math.Max(nearest, distances[client]))];
            double sum = next.Sum();
            double moved = 0;
            for (int client = 0; client < next.Length; client++)
            {
                next[client] /= sum;
                moved = Math.Max(moved, Math.Abs(next[client] - weights[client]));
            }

            weights = next;
            if (moved <= Settled)
            {
                break;
            }
        }

        return weights;
    }
}
