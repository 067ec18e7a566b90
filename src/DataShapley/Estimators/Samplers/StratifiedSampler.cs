using DataShapley.Estimators.Allocations;
using DataShapley.Games;

namespace DataShapley.Estimators.Samplers;

/// <summary>A size drawn by weights, then a uniform coalition of that size: p = p_s / C(n−1, s).</summary>
public sealed record StratifiedSampler : CoalitionSampler
{
    /// <summary>Gets the weights to which the probabilities of sizes are proportional.</summary>
    /// <value><see cref="SizeAllocation.Constant"/> by default.</value>
    public SizeAllocation Allocation { get; init; } = SizeAllocation.Constant;

    /// <inheritdoc />
    public override string Name => "stratified";

    /// <inheritdoc />
    public override double[] LogProbabilities(int players)
    {
        double sum = Weights(players).Sum();
        return Fill(players, size => Math.Log(Allocation.Weight(players, size) / sum) - Semivalue.LogCount(players, size));
    }

    /// <inheritdoc />
    public override IReadOnlyList<Coalition> Next(RandomSequence random, int players, int player)
    {
        ArgumentNullException.ThrowIfNull(random);
        double place = random.NextDouble() * Weights(players).Sum();
        int size = 0;
        for (double passed = Allocation.Weight(players, 0); passed <= place && size < players - 1; passed += Allocation.Weight(players, size))
        {
            size++;
        }

        return [Marginal.NextWithout(random, players, player, size)];
    }

    private IEnumerable<double> Weights(int players) => Enumerable.Range(0, players).Select(size => Allocation.Weight(players, size));
}
