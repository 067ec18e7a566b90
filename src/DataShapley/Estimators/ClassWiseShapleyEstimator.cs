using DataShapley.Games;
using DataShapley.Statistics;

namespace DataShapley.Estimators;

/// <summary>CS-Shapley (Schoch et al., NeurIPS 2022): the value of a player is the Shapley value among the players of its own class, in the game v_c(S) = a_in(S) · exp(a_out(S)) of that class, in the mean over random subsets of the other classes that are there all along.</summary>
/// <remarks>
/// It needs an <see cref="IClassWiseUtility"/>. A draw of class c is a subset of the others, each with probability ½, and a permutation of the class: |c| + 1 evaluations. A budget buys rounds of one draw of each class, what
/// is left of it goes to more draws of the first classes; a stopping rule watches each class for itself. Unbiased for what it estimates, with standard errors of the mean over the draws, unless rescaled. It is no
/// semivalue of the utility. Each class has a journal of its own beside that of the run, and evaluations of classes are not among the run's evaluation counts.
/// </remarks>
public sealed record ClassWiseShapleyEstimator : Estimator
{
    /// <summary>Gets whether the values of each class are scaled so that they sum to the accuracy of everybody on the class. A class whose values sum to 0 is left as it is.</summary>
    /// <value>False by default.</value>
    public bool IsRescaled { get; init; }

    /// <inheritdoc />
    public override string Name => "class_wise_shapley";

    /// <inheritdoc />
    public override Semivalue? Target => null;

    /// <inheritdoc />
    public override EstimatorPromises Promises => EstimatorPromises.NullPlayer | EstimatorPromises.Symmetric
        | (IsRescaled ? EstimatorPromises.None : EstimatorPromises.Unbiased | EstimatorPromises.Linear | EstimatorPromises.Intervals);

    /// <inheritdoc />
    public override async Task<EstimationOutcome> EstimateAsync(EstimationContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        IClassWiseUtility utility = Suitable(context);
        IGrouping<int, int>[] classes = [.. Enumerable.Range(0, context.PlayerCount).GroupBy(player => utility.Labels[player]).OrderBy(group => group.Key)];
        long?[] budgets = Budgets([.. classes.Select(group => group.Count() + 1L)], context.Budget);
        Estimate total = new(new double[context.PlayerCount], new double[context.PlayerCount], new long[context.PlayerCount]);
        List<EstimationOutcome> outcomes = [];
        List<double[]> samples = [];
        for (int i = 0; i < classes.Length; i++)
        {
            int[] members = [.. classes[i]];
            EstimationOutcome outcome = await OfClassAsync(context, utility, classes[i].Key, members, budgets[i], cancellationToken).ConfigureAwait(false);
            double scale = IsRescaled ? await ScaleAsync(utility, classes[i].Key, outcome.Estimate, cancellationToken).ConfigureAwait(false) : 1;
            Take(outcome.Estimate, members, scale, total);
            samples.AddRange(outcome.Samples.Select(sample => Spread(sample, members, scale, context.PlayerCount)));
            outcomes.Add(outcome);
        }

        ValuationStatus status = outcomes.Exists(outcome => outcome.Status == ValuationStatus.Exhausted) ? ValuationStatus.Exhausted : ValuationStatus.Converged;
        return new EstimationOutcome(total, status, outcomes.Sum(outcome => outcome.Draws), outcomes.Sum(outcome => outcome.Evaluations))
        {
            Samples = samples,
        };
    }

    private IClassWiseUtility Suitable(EstimationContext context)
    {
        if (context.Utility is not IClassWiseUtility utility)
        {
            throw new ValuationException(
                ValuationError.UnsuitableUtility, $"'{Name}' judges one class at a time: it needs an {nameof(IClassWiseUtility)}, and the utility '{context.Utility.Id}' is none.");
        }

        return utility.Labels.Count == context.PlayerCount
            ? utility
            : throw new ValuationException(
                ValuationError.UnsuitableUtility, $"The utility '{utility.Id}' has {utility.Labels.Count} labels for {context.PlayerCount} players: each player has one.");
    }

    private long?[] Budgets(long[] costs, long? budget)
    {
        if (budget is not { } whole)
        {
            return new long?[costs.Length];
        }

        long round = costs.Sum();
        if (whole < round)
        {
            throw new ValuationException(
                ValuationError.BudgetTooSmall, $"A budget of {whole} evaluations does not pay for one draw of each class: '{Name}' needs at least {round}.");
        }

        long left = whole % round;
        long?[] budgets = new long?[costs.Length];
        for (int i = 0; i < costs.Length; i++)
        {
            bool hasMore = costs[i] <= left;
            left -= hasMore ? costs[i] : 0;
            budgets[i] = (whole / round * costs[i]) + (hasMore ? costs[i] : 0);
        }

        return budgets;
    }

    private static async Task<EstimationOutcome> OfClassAsync(
        EstimationContext context, IClassWiseUtility utility, int label, int[] members, long? budget, CancellationToken cancellationToken)
    {
        EvaluationOptions options = context.Evaluator.Options;
        using UtilityEvaluator evaluator = new(
            utility.ForClass(label), options with { JournalPath = options.JournalPath is { } path ? $"{path}.class{label}" : null });
        if (evaluator.PlayerCount != context.PlayerCount)
        {
            throw new ValuationException(
                ValuationError.UnsuitableUtility, $"The utility '{utility.Id}' gave a game of {evaluator.PlayerCount} players for class {label}: it has the {context.PlayerCount} players of the utility.");
        }

        EstimationContext own = context with { Evaluator = evaluator, Budget = budget, Progress = null };
        return await new ClassPermutationEstimator(label, members).EstimateAsync(own, cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask<double> ScaleAsync(IClassWiseUtility utility, int label, Estimate estimate, CancellationToken cancellationToken)
    {
        double sum = estimate.Values.Sum();
        return sum == 0 ? 1 : await utility.InClassAccuracyAsync(label, cancellationToken).ConfigureAwait(false) / sum;
    }

    private static void Take(Estimate estimate, int[] members, double scale, Estimate total)
    {
        for (int i = 0; i < members.Length; i++)
        {
            total.Values[members[i]] = scale * estimate.Values[i];
            total.StandardErrors[members[i]] = Math.Abs(scale) * estimate.StandardErrors[i];
            total.Counts[members[i]] = estimate.Counts[i];
            total.Variances[members[i]] = scale * scale * estimate.Variances[i];
            total.DegreesOfFreedom[members[i]] = estimate.DegreesOfFreedom[i];
        }
    }

    // A draw is of one class: the others have no sample in it.
    private static double[] Spread(double[] sample, int[] members, double scale, int players)
    {
        double[] row = new double[players];
        Array.Fill(row, double.NaN);
        for (int i = 0; i < members.Length; i++)
        {
            row[members[i]] = scale * sample[i];
        }

        return row;
    }
}
