using DataShapley.Games;

namespace DataShapley.Estimators;

/// <summary>The evaluations of one draw: each gets a seed that depends on the run's seed, the draw and its place in it alone.</summary>
public sealed class Draw
{
    private readonly EstimationContext _context;
    private readonly RandomStreams _seeds;
    private readonly long _limit;
    private long _position;

    internal Draw(EstimationContext context, RandomStreams seeds, long index, long limit = long.MaxValue)
    {
        _limit = limit;
        _context = context;
        _seeds = seeds;
        Index = index;
    }

    /// <summary>Gets the number of the draw, from 0; -1 for what a run asks before its draws.</summary>
    public long Index { get; }

    /// <summary>Gets how many values were asked for.</summary>
    public long Evaluations { get; private set; }

    /// <summary>Evaluates one coalition.</summary>
    /// <param name="coalition">The coalition.</param>
    /// <param name="cancellationToken">Stops the evaluation.</param>
    /// <returns>The value, or NaN where it failed and is left out.</returns>
    public ValueTask<double> EvaluateAsync(Coalition coalition, CancellationToken cancellationToken)
    {
        Count(1);
        return _context.Evaluator.EvaluateAsync(new UtilityRequest(coalition, 0, Seed(_position++)), cancellationToken);
    }

    /// <summary>Evaluates several coalitions, in parallel.</summary>
    /// <param name="coalitions">The coalitions.</param>
    /// <param name="cancellationToken">Stops the evaluation.</param>
    /// <returns>The values in their order; NaN where one failed and is left out.</returns>
    public Task<double[]> EvaluateAsync(IReadOnlyList<Coalition> coalitions, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(coalitions);
        UtilityRequest[] requests = new UtilityRequest[coalitions.Count];
        for (int i = 0; i < requests.Length; i++)
        {
            requests[i] = new UtilityRequest(coalitions[i], 0, Seed(_position++));
        }

        Count(requests.Length);
        return _context.Evaluator.EvaluateAsync(requests, cancellationToken);
    }

    /// <summary>Lets players join one by one, beginning with nobody.</summary>
    /// <param name="order">Who joins, in order.</param>
    /// <param name="goesOn">Is told the number of players that joined and the value, and says whether to go on; null goes on to the end.</param>
    /// <param name="cancellationToken">Stops the evaluation.</param>
    /// <returns>The value after each player that joined; NaN where one failed and is left out.</returns>
    public async Task<double[]> GrowAsync(ReadOnlyMemory<int> order, Func<int, double, bool>? goesOn, CancellationToken cancellationToken)
    {
        long start = _position;
        _position += order.Length;
        double[] values = await _context.Evaluator.GrowAsync(order, step => Seed(start + step), goesOn, cancellationToken).ConfigureAwait(false);
        Evaluations += values.Length;
        return values;
    }

    /// <summary>Trains on a bag of players and scores those who are not in it; one evaluation.</summary>
    internal Task<double[]> ScoreAsync(IBaggedUtility utility, IReadOnlyList<int> bag, CancellationToken cancellationToken)
    {
        Count(1);
        return _context.Evaluator.ScoreAsync(utility, bag, _seeds.Word(Index, _position++), cancellationToken);
    }

    // Draws are begun only where the budget pays for them; what a run asks before them is checked here.
    private void Count(int evaluations)
    {
        if (evaluations > _limit - Evaluations)
        {
            throw new ValuationException(ValuationError.BudgetTooSmall, $"A budget of {_limit} evaluations does not pay for what the estimator asks before its first draw: {Evaluations + evaluations} and more.");
        }

        Evaluations += evaluations;
    }

    private ulong Seed(long position) => _context.Utility.IsDeterministic ? 0 : _seeds.Word(Index, position);
}
