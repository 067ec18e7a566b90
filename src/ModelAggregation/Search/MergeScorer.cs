using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using ModelAggregation.Evaluation;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Execution;
using ModelAggregation.Merging.Planning;
using RunKit;

namespace ModelAggregation.Search;

/// <summary>Scores recipes: merges each in memory from the originals, once, and remembers the scores and the failures. Safe to use from several threads.</summary>
internal sealed class MergeScorer : IDisposable
{
    private readonly IModelEvaluator _evaluator;
    private readonly ModelMerger _merger;
    private readonly SearchOptions _options;
    private readonly ConcurrentDictionary<string, EvaluationResult> _scores = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string?> _tokenizers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Exception> _failures = new(StringComparer.Ordinal);
    private readonly RunJournal<SearchRecord>? _journal;
    private int _evaluated;
    private int _reused;

    public MergeScorer(IModelEvaluator evaluator, ModelMerger merger, SearchOptions options)
    {
        _evaluator = evaluator;
        _merger = merger;
        _options = options;
        if (options.JournalPath is not { } path)
        {
            return;
        }

        _journal = RunJournal.Open(path, evaluator.Id, SearchJson.Default.SearchRecord);
        foreach (SearchRecord record in _journal.Records)
        {
            if (!TryTake(record))
            {
                _journal.Dispose();
                throw new SearchException(SearchError.JournalInvalid, $"The journal '{path}' holds scores of '{record.Hash}' that are none of the evaluator's tasks: begin anew in another file.");
            }
        }
    }

    /// <summary>Gets the number of merges that were evaluated.</summary>
    public int Evaluated => Volatile.Read(ref _evaluated);

    /// <summary>Gets the number of scores that were known already.</summary>
    public int Reused => Volatile.Read(ref _reused);

    /// <summary>Scores a recipe. What is wrong with a model's weights or an evaluation is in the result, or thrown, as the options say; a recipe that cannot be planned always is an error.</summary>
    public async ValueTask<ScoredRecipe> ScoreAsync(SearchCandidate candidate, CancellationToken cancellationToken)
    {
        using MergePlan plan = _merger.Plan(candidate.Recipe, cancellationToken);
        ScoredRecipe scored = new() { Recipe = candidate.Recipe, Shares = candidate.Shares, Hash = plan.Hash };
        try
        {
            return scored with { Result = await ScoreAsync(candidate.Name, plan, cancellationToken).ConfigureAwait(false) };
        }
        catch (Exception error) when (IsLeftOut(error))
        {
            return scored with { Failure = error };
        }
    }

    public void Dispose() => _journal?.Dispose();

    private async ValueTask<EvaluationResult> ScoreAsync(string name, MergePlan plan, CancellationToken cancellationToken)
    {
        RunKey key = Key(plan);
        if (_journal is not null && !key.IdentifiesInputs)
        {
            throw new SearchException(SearchError.ModelsInMemory, $"'{name}' is merged of models in memory, which a later process would not find: search without a journal, or save the models.");
        }

        // Also the model that was scored first under these weights is another object now; its name is of no account.
        if (_scores.TryGetValue(key.Text, out EvaluationResult? known))
        {
            Interlocked.Increment(ref _reused);
            return new EvaluationResult(name, known.Scores);
        }

        if (_failures.TryGetValue(key.Text, out Exception? failed))
        {
            ExceptionDispatchInfo.Throw(failed);
        }

        try
        {
            return await EvaluateAsync(name, plan, key, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (IsLeftOut(error))
        {
            // Tried once, as long as the search lives; it is not recorded, so that a later one tries it again. Where failures stop the search, whoever mends the cause may go on with it.
            _failures[key.Text] = error;
            throw;
        }
    }

    // A plan does not tell what the tokenizer's files hold, which an evaluator may read: with others, the same weights have other scores.
    private RunKey Key(MergePlan plan)
    {
        RunKey key = new RunKeys().Of(plan);
        return plan.TokenizerFolder is { } folder && _tokenizers.GetOrAdd(folder, TokenizerFiles.Hash) is { } files ? key with { Text = $"{key.Text}-{files}" } : key;
    }

    private async ValueTask<EvaluationResult> EvaluateAsync(string name, MergePlan plan, RunKey key, CancellationToken cancellationToken)
    {
        using MergedModel model = _merger.MergeInMemory(plan, _options.Merge, cancellationToken: cancellationToken);
        EvaluationResult result = await _evaluator.EvaluateAsync(ModelCandidate.FromTensors(name, model, plan.TokenizerFolder), cancellationToken).ConfigureAwait(false);
        if (!double.IsFinite(result.Merit))
        {
            throw new EvaluationException(EvaluationError.NotFinite, $"The merit of '{name}' is {result.Merit}: give one of the tasks a weight above 0.", name);
        }

        _journal?.Append(new SearchRecord(key.Text, plan.Hash, plan.Recipe.ToYaml(), [.. result.Scores.Select(ScoreRecord.Of)]));
        _scores[key.Text] = result;
        Interlocked.Increment(ref _evaluated);
        return result;
    }

    private bool IsLeftOut(Exception error) => _options.Failures is FailurePolicy.LeaveOut && error is EvaluationException or MergeDataException;

    private bool TryTake(SearchRecord record)
    {
        if (record is not { Key.Length: > 0, Scores: not null } || record.Scores.Length != _evaluator.Tasks.Count)
        {
            return false;
        }

        TaskScore?[] scores = [.. record.Scores.Zip(_evaluator.Tasks, (score, task) => score.ToScore(task))];
        if (Array.Exists(scores, score => score is null))
        {
            return false;
        }

        _scores[record.Key] = new EvaluationResult(record.Hash, [.. scores.OfType<TaskScore>()]);
        return true;
    }
}
