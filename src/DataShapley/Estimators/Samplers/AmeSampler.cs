using DataShapley.Games;

namespace DataShapley.Estimators.Samplers;

/// <summary>Each other player joins with a probability q that is drawn from a few, as average marginal effects do (Lin et al., ICML 2022): p = E[q^s · (1−q)^(n−1−s)].</summary>
public sealed record AmeSampler : CoalitionSampler
{
    /// <summary>Gets the probabilities q, each equally likely.</summary>
    /// <value>One or more, in (0, 1); 0.2, 0.4, 0.6 and 0.8 by default.</value>
    /// <exception cref="ArgumentException">There is none, or one lies outside.</exception>
    public IReadOnlyList<double> Probabilities
    {
        get;
        init => field = value is { Count: > 0 } && value.All(q => q is > 0 and < 1)
            ? value
            : throw new ArgumentException("Players join with one or more probabilities, each in (0, 1).", nameof(value));
    } = [0.2, 0.4, 0.6, 0.8];

    /// <inheritdoc />
    public override string Name => "ame";

    /// <inheritdoc />
    public override double[] LogProbabilities(int players) => Fill(players, size => LogMean([.. Probabilities.Select(q => (size * Math.Log(q)) + ((players - 1 - size) * Math.Log(1 - q)))]));

    /// <inheritdoc />
    public override IReadOnlyList<Coalition> Next(RandomSequence random, int players, int player)
    {
        ArgumentNullException.ThrowIfNull(random);
        return [random.NextBernoulli(players, Probabilities[random.NextBelow(Probabilities.Count)]).Without(player)];
    }

    private static double LogMean(double[] logarithms)
    {
        double greatest = logarithms.Max();
        return greatest + Math.Log(logarithms.Average(logarithm => Math.Exp(logarithm - greatest)));
    }
}
