namespace LoraFederation.Robustness;

/// <summary>Krum: the clients whose nearest neighbours are nearest, and no other. With one selected it is Krum, with several Multi-Krum.</summary>
/// <remarks>
/// Blanchard et al. 2017, "Machine Learning with Adversaries: Byzantine Tolerant Gradient Descent" (NeurIPS), sections 3 and 4: a client's score is the sum of the
/// squared distances to the n − f − 2 others nearest to it. Defined for n ≥ 2f + 3. The selected ones keep their <see cref="RobustWeighting.Prior"/>.
/// </remarks>
public sealed record KrumWeighting : RobustWeighting
{
    /// <summary>Creates the rule.</summary>
    /// <param name="attackers">f, how many clients may lie; not negative.</param>
    /// <param name="selected">m, how many clients are selected; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    public KrumWeighting(int attackers, int selected = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(attackers);
        ArgumentOutOfRangeException.ThrowIfLessThan(selected, 1);
        Attackers = attackers;
        Selected = selected;
    }

    /// <summary>Gets f, how many clients may lie.</summary>
    public int Attackers { get; }

    /// <summary>Gets m, how many clients are selected.</summary>
    public int Selected { get; }

    /// <inheritdoc />
    public override string Name => Selected == 1 ? "krum" : "multi_krum";

    /// <summary>Gets the least number of updates: 2f + 3, and f more than are selected, so that no selection has to take all liars.</summary>
    public override int Minimum => Math.Max((2 * Attackers) + 3, Selected + Attackers);

    /// <inheritdoc />
    protected override IReadOnlyList<double> Weigh(UpdateGeometry geometry, IReadOnlyList<double> prior)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        return Keep(prior, KrumScores.Order(geometry, [.. Enumerable.Range(0, geometry.Count)], Attackers).Take(Selected));
    }
}
