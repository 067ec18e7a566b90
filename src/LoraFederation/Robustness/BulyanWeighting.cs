namespace LoraFederation.Robustness;

/// <summary>Bulyan's selection: Krum's choice, taken out, and again among those that are left, until n − 2f are chosen.</summary>
/// <remarks>
/// <para>El Mhamdi, Guerraoui and Rouault 2018, "The Hidden Vulnerability of Distributed Learning in Byzantium" (arXiv 1802.07927), section 4, first step. Defined for
/// n ≥ 4f + 3. Scores are found anew after each choice; when few are left, one neighbour is enough.</para>
/// <para>The paper's second step, a trimmed mean of each coordinate, has no meaning for factors and is not done: the chosen ones keep their
/// <see cref="RobustWeighting.Prior"/>. Where A is shared, <c>trimmed_mean</c> as the aggregator does it.</para>
/// </remarks>
public sealed record BulyanWeighting : RobustWeighting
{
    /// <summary>Creates the rule.</summary>
    /// <param name="attackers">f, how many clients may lie; not negative.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public BulyanWeighting(int attackers)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(attackers);
        Attackers = attackers;
    }

    /// <summary>Gets f, how many clients may lie.</summary>
    public int Attackers { get; }

    /// <inheritdoc />
    public override string Name => "bulyan";

    /// <summary>Gets the least number of updates: 4f + 3.</summary>
    public override int Minimum => (4 * Attackers) + 3;

    /// <inheritdoc />
    protected override IReadOnlyList<double> Weigh(UpdateGeometry geometry, IReadOnlyList<double> prior)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        List<int> left = [.. Enumerable.Range(0, geometry.Count)];
        List<int> chosen = [];
        while (chosen.Count < geometry.Count - (2 * Attackers))
        {
            int next = KrumScores.Order(geometry, left, Attackers)[0];
            chosen.Add(next);
            left.Remove(next);
        }

        return Keep(prior, chosen);
    }
}
