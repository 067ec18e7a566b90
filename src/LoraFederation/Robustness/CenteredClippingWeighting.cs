namespace LoraFederation.Robustness;

/// <summary>Centred clipping: from a centre, steps towards all updates, none of them longer than a radius.</summary>
/// <remarks>
/// <para>Karimireddy, He and Jaggi 2021, "Learning from History for Byzantine Robust Optimization" (arXiv 2012.10333), algorithm 2:
/// <c>v ← v + Σ p_k (ΔW_k − v) min(1, τ / ‖ΔW_k − v‖)</c>. The centre starts at zero, the state that training started from, and stays a weighted sum of
/// the updates, so the steps need their inner products only.</para>
/// <para>The weights are used as they are (<see cref="IsRelative"/> is false): their sum is below one where updates were longer than the radius.</para>
/// </remarks>
public sealed record CenteredClippingWeighting : RobustWeighting
{
    /// <summary>Creates the rule.</summary>
    /// <param name="radius">τ, how far one step goes towards one update; above 0 and finite, in the units of <see cref="UpdateGeometry.Norm"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The radius is not that.</exception>
    public CenteredClippingWeighting(double radius)
    {
        if (!(radius > 0 && double.IsFinite(radius)))
        {
            throw new ArgumentOutOfRangeException(nameof(radius), radius, "A radius is above 0 and finite.");
        }

        Radius = radius;
    }

    /// <summary>Gets τ.</summary>
    public double Radius { get; }

    /// <summary>Gets the number of steps.</summary>
    /// <value>At least 1; 3 by default.</value>
    public int Iterations
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 3;

    /// <inheritdoc />
    public override string Name => "centered_clipping";

    /// <inheritdoc />
    public override bool IsRelative => false;

    /// <inheritdoc />
    protected override IReadOnlyList<double> Weigh(UpdateGeometry geometry, IReadOnlyList<double> prior)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        ArgumentNullException.ThrowIfNull(prior);
        double[] weights = new double[prior.Count];
        for (int step = 0; step < Iterations; step++)
        {
            double[] steps = [.. geometry.DistancesFrom(weights).Select((distance, client) => prior[client] * Math.Min(1, Radius / distance))];
            double left = 1 - steps.Sum();
            for (int client = 0; client < weights.Length; client++)
            {
                weights[client] = Math.FusedMultiplyAdd(left, weights[client], steps[client]);
            }
        }

        // The steps may add up to one and a rounding.
        return [.. weights.Select(weight => Math.Max(0, weight))];
    }
}
