using DataShapley.Estimators.Allocations;
using DataShapley.Games;
using DataShapley.Statistics;

namespace DataShapley.Estimators;

/// <summary>One run of an estimator that samples contributions size by size, by a plan that is known beforehand.</summary>
internal sealed class StratifiedRun : Sampling<(int Player, int Size, double Contribution)>
{
    private readonly SizePlan _plan;
    private readonly StrataMoments _strata;
    private readonly RandomStreams _random;
    private readonly int _players;

    private StratifiedRun(EstimationContext context, string name, SizePlan plan, double[] weights, bool[] isExact)
    {
        _plan = plan;
        _players = context.PlayerCount;
        _strata = new StrataMoments(_players, plan.Sizes, weights, isExact);
        _random = context.Random(name);
    }

    public override long? DrawCount => (long?)_plan.Length * _players;

    public static StratifiedRun Begin(EstimationContext context, string name, Semivalue semivalue, SizeAllocation allocation, long? samples)
    {
        double[] weights = SizeWeights.Of(semivalue, context.PlayerCount);
        bool[] isExact = ExactSizes(context);
        SizePlan plan = new(SizePlan.Counts(allocation, weights, samples), isExact);
        CheckBudget(context, name, Marginal.Cost * (long)plan.Sizes.Count * context.PlayerCount);
        return new StratifiedRun(context, name, plan, weights, isExact);
    }

    /// <summary>Says which sizes have one coalition whose value is a function: nobody and all others.</summary>
    public static bool[] ExactSizes(EstimationContext context) =>
        [.. Enumerable.Range(0, context.PlayerCount).Select(size => context.Utility.IsDeterministic && (size == 0 || size == context.PlayerCount - 1))];

    /// <summary>Refuses a budget that leaves a size without a sample: its share of the value would be missing.</summary>
    public static void CheckBudget(EstimationContext context, string name, long needed)
    {
        if (context.Budget < needed)
        {
            throw new ValuationException(
                ValuationError.BudgetTooSmall,
                $"A budget of {context.Budget} evaluations does not pay for the estimator '{name}' with {context.PlayerCount} players: each player needs a sample at each size, {needed} evaluations in all.");
        }
    }

    public override long MaximumCost(long index) => Marginal.Cost;

    public override async Task<(int Player, int Size, double Contribution)> DrawAsync(Draw draw, CancellationToken cancellationToken)
    {
        int player = (int)(draw.Index % _players);
        int size = _plan[draw.Index / _players];
        Coalition without = Marginal.NextWithout(_random.At(draw.Index), _players, player, size);
        return (player, size, await Marginal.OfAsync(draw, without, player, cancellationToken).ConfigureAwait(false));
    }

    public override void Commit((int Player, int Size, double Contribution) sample) => _strata.Add(sample.Player, sample.Size, sample.Contribution);

    public override Estimate Estimate() => _strata.ToEstimate();
}
