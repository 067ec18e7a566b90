using DataShapley.Estimators;
using DataShapley.Games;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace DataShapley;

/// <summary>Values the players of a game: training points, groups, proxies. Thread-safe.</summary>
/// <param name="logger">What is told of runs; nothing by default.</param>
public sealed partial class DataValuator(ILogger<DataValuator>? logger = null)
{
    private readonly ILogger _logger = logger ?? NullLogger<DataValuator>.Instance;

    /// <summary>Values every player of a utility.</summary>
    /// <param name="utility">What coalitions are worth.</param>
    /// <param name="recipe">How it is estimated.</param>
    /// <param name="progress">Is told how far the run is, some ten times a second.</param>
    /// <param name="cancellationToken">Stops the run; with a journal it can go on later.</param>
    /// <returns>A value for each player, with what is known of its error.</returns>
    /// <exception cref="ValuationException">The game or the budget does not suit the estimator.</exception>
    /// <exception cref="UtilityException">An evaluation failed, and the policy is to throw.</exception>
    /// <exception cref="RunKit.JournalException">The journal is damaged, in use, or of another utility.</exception>
    public async Task<ValuationResult> ValueAsync(
        IUtility utility, ValuationRecipe recipe, IProgress<ValuationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(utility);
        ArgumentNullException.ThrowIfNull(recipe);
        TimeProvider time = recipe.Evaluation.Time;
        long start = time.GetTimestamp();

        // Without the run's seed: what a deterministic utility gives is its own, so that a cache or journal of other runs holds the same.
        using UtilityEvaluator evaluator = new(utility, recipe.Evaluation);
        EstimationContext context = new(evaluator, recipe.Seed)
        {
            Budget = recipe.Budget,
            Stop = recipe.Stop,
            KeepSamples = recipe.KeepSamples,
            Progress = progress,
        };
        LogBegin(recipe.Estimator.Name, utility.Id, utility.PlayerCount);
        EstimationOutcome outcome = await recipe.Estimator.EstimateAsync(context, cancellationToken).ConfigureAwait(false);
        EvaluationCounts counts = evaluator.Counts;
        TimeSpan elapsed = time.GetElapsedTime(start);
        LogEnd(recipe.Estimator.Name, outcome.Status, outcome.Evaluations, counts.Evaluated, counts.Failed, elapsed);
        return new ValuationResult(outcome.Estimate.Values, outcome.Estimate.StandardErrors, outcome.Estimate.Counts)
        {
            Variances = outcome.Estimate.Variances,
            DegreesOfFreedom = outcome.Estimate.DegreesOfFreedom,
            Facts = outcome.Estimate.Facts,
            SampleRange = outcome.Estimate.SampleRange,
            Samples = outcome.Samples,
            Estimator = recipe.Estimator.Name,
            Settings = recipe.Estimator.ToString(),
            Utility = utility.Id,
            Range = utility.Range,
            Seed = recipe.Seed,
            Status = outcome.Status,
            Draws = outcome.Draws,
            Evaluations = outcome.Evaluations,
            EvaluationCounts = counts,
            Elapsed = elapsed,
        };
    }

    [LoggerMessage(1, LogLevel.Information, "Valuing {Players} players of '{Utility}' by '{Estimator}'")]
    private partial void LogBegin(string estimator, string utility, int players);

    [LoggerMessage(2, LogLevel.Information, "'{Estimator}' ended ({Status}) after {Evaluations} evaluations, {Computed} of them computed, {Failed} failed, in {Elapsed}")]
    private partial void LogEnd(string estimator, ValuationStatus status, long evaluations, long computed, long failed, TimeSpan elapsed);
}
