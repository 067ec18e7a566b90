using LoraFederation.Aggregators;
using LoraFederation.Weighting;

namespace LoraFederation.Robustness;

/// <summary>A rule that weighs clients by where their updates lie among the others', so that a few that lie cannot move the aggregate far.</summary>
/// <remarks>
/// Distances are of the products, over all modules (<see cref="UpdateGeometry"/>): one liar is one liar whatever factors it writes its update as. The result
/// is a weight for each client, so every aggregator can be used with it.
/// </remarks>
public abstract record RobustWeighting : ClientWeighting
{
    /// <summary>Gets what clients count before the rule looks at their updates.</summary>
    /// <value><see cref="ClientWeighting.Uniform"/> by default: numbers of examples are the clients' own claims.</value>
    public ClientWeighting Prior { get; init; } = Uniform;

    /// <summary>Gets the least number of updates that the rule is defined for.</summary>
    public virtual int Minimum => 1;

    /// <inheritdoc />
    public sealed override IReadOnlyList<double> Weigh(Federation federation, AggregationContext context)
    {
        ArgumentNullException.ThrowIfNull(federation);
        ArgumentNullException.ThrowIfNull(context);
        if (federation.Updates.Count < Minimum)
        {
            throw new FederationException(
                FederationError.TooFewUpdates, $"Rule '{Name}' needs at least {Minimum} updates with these settings; there are {federation.Updates.Count}. Ask more clients, or expect fewer attackers.");
        }

        IReadOnlyList<double> prior = Prior.Weigh(federation, context);
        double sum = prior.Sum();
        return sum > 0 && double.IsFinite(sum) && prior.All(weight => weight >= 0)
            ? Weigh(UpdateGeometry.Of(federation, context), [.. prior.Select(weight => weight / sum)])
            : throw new FederationException(FederationError.Weights, $"The weights that rule '{Name}' starts from are negative, not finite or all zero; their sum is {sum}.");
    }

    /// <summary>Weighs the clients by the geometry of their updates.</summary>
    /// <param name="geometry">Norms, distances and angles.</param>
    /// <param name="prior">What each client counts beforehand, of sum one.</param>
    /// <returns>A weight for each update, as <see cref="ClientWeighting.Weigh"/> returns them.</returns>
    protected abstract IReadOnlyList<double> Weigh(UpdateGeometry geometry, IReadOnlyList<double> prior);

    /// <summary>Keeps the prior weights of some clients and takes those of the others.</summary>
    /// <param name="prior">What each client counts beforehand.</param>
    /// <param name="selected">The clients to keep.</param>
    private protected static double[] Keep(IReadOnlyList<double> prior, IEnumerable<int> selected)
    {
        double[] weights = new double[prior.Count];
        foreach (int client in selected)
        {
            weights[client] = prior[client];
        }

        return weights;
    }
}
