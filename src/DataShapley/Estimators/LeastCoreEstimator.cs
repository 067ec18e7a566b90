using DataShapley.Games;
using DataShapley.Statistics;

namespace DataShapley.Estimators;

/// <summary>The least core (Yan and Procaccia, AAAI 2021): payments x with Σx = v(N) − v(∅) and the least subsidy e with x(S) + e ≥ v(S) − v(∅) for every coalition that was drawn; of those payments the ones with the least Σx² (egalitarian).</summary>
/// <remarks>
/// Not a semivalue and without standard errors; the values always sum to the whole. Coalitions are drawn uniformly, each with its complement (two evaluations a draw): without such pairs the subsidy of a sample may have
/// no lower bound. Where the budget pays for all 2ⁿ coalitions of a deterministic utility (n ≤ 20), it evaluates each once and the least core is exact. The facts are <c>subsidy</c>,
/// <c>greatest_violation</c>, <c>is_feasible</c> (1 or 0: whether rounding let the solver meet every coalition) and <c>coalitions</c>. Solving takes some players³ per coalition that matters: meant for up to
/// some hundred players, two or more.
/// </remarks>
public sealed record LeastCoreEstimator : SamplingEstimator<DrawnCoalitions>
{
    /// <summary>Gets whether the subsidy is not below 0: a game with a core has subsidy 0 then, and not the greatest surplus that all coalitions can be given.</summary>
    /// <value>False by default.</value>
    public bool IsSubsidyNonnegative { get; init; }

    /// <inheritdoc />
    public override string Name => "least_core";

    /// <inheritdoc />
    public override Semivalue? Target => null;

    /// <inheritdoc />
    public override EstimatorPromises Promises => EstimatorPromises.Efficient | EstimatorPromises.Symmetric;

    /// <inheritdoc />
    public override async Task<Sampling<DrawnCoalitions>> BeginAsync(EstimationContext context, Draw before, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.PlayerCount < 2)
        {
            throw new ValuationException(ValuationError.TooFewPlayers, $"'{Name}' weighs coalitions between nobody and everybody: that takes two players or more.");
        }

        Ends ends = await Ends.BeginAsync(context, before, cancellationToken).ConfigureAwait(false);
        return new Run(context.PlayerCount, CoalitionPairs.AreAffordable(context), IsSubsidyNonnegative, ends, context.Random(Name));
    }

    private sealed class Run(int players, bool hasAll, bool isSubsidyNonnegative, Ends ends, RandomStreams random) : Sampling<DrawnCoalitions>
    {
        private readonly Dictionary<Coalition, int> _indices = [];
        private readonly List<(Coalition Coalition, double Sum, long Count)> _coalitions = [];
        private double _empty;
        private double _full;
        private long _draws;

        public override long? DrawCount => hasAll ? CoalitionPairs.Count(players) : null;

        public override bool IsAllOrNothing => hasAll;

        public override long MaximumCost(long index) => 2 + ends.Cost;

        public override Task<DrawnCoalitions> DrawAsync(Draw draw, CancellationToken cancellationToken)
        {
            if (hasAll)
            {
                return DrawnCoalitions.EvaluateAsync(draw, CoalitionPairs.At(players, draw.Index), ends, cancellationToken);
            }

            RandomSequence numbers = random.At(draw.Index);
            Coalition coalition = numbers.NextBernoulli(players, 0.5);
            while (coalition.IsEmpty || coalition.IsFull)
            {
                coalition = numbers.NextBernoulli(players, 0.5);
            }

            return DrawnCoalitions.EvaluateAsync(draw, [coalition, coalition.Complement()], ends, cancellationToken);
        }

        public override void Commit(DrawnCoalitions sample)
        {
            if (double.IsNaN(sample.Full - sample.Empty) || sample.Values.Any(double.IsNaN))
            {
                return;
            }

            _empty += sample.Empty;
            _full += sample.Full;
            _draws++;
            for (int i = 0; i < sample.Values.Count; i++)
            {
                Coalition coalition = sample.Coalitions[i];
                if (_indices.TryAdd(coalition, _coalitions.Count))
                {
                    _coalitions.Add((coalition, sample.Values[i], 1));
                }
                else
                {
                    // Asked for again: the mean counts, which for a noisy utility is the better value.
                    (_, double sum, long count) = _coalitions[_indices[coalition]];
                    _coalitions[_indices[coalition]] = (coalition, sum + sample.Values[i], count + 1);
                }
            }
        }

        public override Estimate Estimate()
        {
            if (_draws == 0)
            {
                // Every evaluation so far failed and was left out.
                double[] unknown = new double[players];
                Array.Fill(unknown, double.NaN);
                return new Estimate(unknown, [.. unknown], new long[players]);
            }

            double empty = _empty / _draws;
            LeastCore core = LeastCore.Solve(
                players, (_full / _draws) - empty, [.. _coalitions.Select(item => (item.Coalition, (item.Sum / item.Count) - empty))], isSubsidyNonnegative);
            long[] counts = new long[players];
            double[] errors = new double[players];
            Array.Fill(counts, _coalitions.Count);
            Array.Fill(errors, double.NaN);
            return new Estimate(core.Payments, errors, counts)
            {
                Facts = new SortedDictionary<string, double>(StringComparer.Ordinal)
                {
                    ["coalitions"] = _coalitions.Count,
                    ["greatest_violation"] = core.GreatestViolation,
                    ["is_feasible"] = core.IsFeasible ? 1 : 0,
                    ["subsidy"] = core.Subsidy,
                },
            };
        }
    }
}
