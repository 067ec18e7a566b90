namespace LoraFederation.Robustness;

/// <summary>FoolsGold: clients whose updates point the same way as another's count less, so that many copies of one attacker do not count as many.</summary>
/// <remarks>
/// <para>Fung, Yoon and Beschastnikh 2020, "The Limitations of Federated Learning in Sybil Settings" (RAID; arXiv 1808.04866), algorithm 1, on the updates of this
/// round: <c>v_i = max_j cos_ij</c>; where v_j is above v_i, <c>cos_ij ← cos_ij · v_i / v_j</c>; <c>α_i = 1 − max_j cos_ij</c>, over the largest; then
/// <c>κ (ln(α / (1 − α)) + ½)</c>, cut to [0, 1]. The paper adds each client's updates up over rounds; hand in the clients' sums for that.</para>
/// <para>It is meant for clients whose honest updates differ much. A single attacker is not found by it.</para>
/// </remarks>
public sealed record FoolsGoldWeighting : RobustWeighting
{
    // An α of one would have no logarithm; the authors' code has the same bound.
    private const double LargestShare = 0.99;

    /// <inheritdoc />
    public override string Name => "foolsgold";

    /// <summary>Gets κ, how steeply weights fall with similarity.</summary>
    /// <value>Above 0 and finite; 1 by default.</value>
    public double Confidence
    {
        get;
        init
        {
            if (!(value > 0 && double.IsFinite(value)))
            {
                throw new ArgumentOutOfRangeException(nameof(value), value, "The confidence is above 0 and finite.");
            }

            field = value;
        }
    } = 1;

    /// <summary>Gets the least number of updates: two, to be like one another.</summary>
    public override int Minimum => 2;

    /// <inheritdoc />
    protected override IReadOnlyList<double> Weigh(UpdateGeometry geometry, IReadOnlyList<double> prior)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        ArgumentNullException.ThrowIfNull(prior);
        int[] clients = [.. Enumerable.Range(0, geometry.Count)];
        double[] likeness = [.. clients.Select(client => clients.Where(other => other != client).Max(other => geometry.Cosine(client, other)))];
        double[] shares = [.. clients.Select(client => Math.Clamp(1 - clients.Where(other => other != client).Max(other => Pardoned(client, other)), 0, 1))];
        double largest = shares.Max();
        double[] weights = [.. shares.Select((share, client) => prior[client] * Steepened(share))];

        // All alike to the last: nobody stands out, nobody is taken for a copy.
        return weights.Sum() > 0 ? weights : prior;

        double Pardoned(int client, int other) => likeness[other] > likeness[client] && likeness[other] > 0
            ? geometry.Cosine(client, other) * Math.Max(0, likeness[client]) / likeness[other]
            : geometry.Cosine(client, other);

        double Steepened(double share)
        {
            double relative = largest > 0 ? Math.Min(LargestShare, share / largest) : 0;
            return relative > 0 ? Math.Clamp(Confidence * (Math.Log(relative / (1 - relative)) + 0.5), 0, 1) : 0;
        }
    }
}
