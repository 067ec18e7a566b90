using System.Collections.Concurrent;
using ModelAggregation.Evaluation;
using ModelAggregation.Search;
using RunKit;

namespace ModelAggregation.Glue.Execution;

/// <summary>Scores folders, each once: what was scored stands in a journal under the folder's content. Safe to use from several threads.</summary>
internal sealed class FolderScorer : IDisposable
{
    private readonly RunJournal<FolderScoreRecord> _journal;
    private readonly ConcurrentDictionary<string, ScoreRecord[]> _known = new(StringComparer.Ordinal);

    /// <summary>Opens the journal.</summary>
    /// <exception cref="JournalException">It is damaged, in use, or of other evaluators.</exception>
    public FolderScorer(string journal, IModelEvaluator proxy, IModelEvaluator holdOut)
    {
        _journal = RunJournal.Open(journal, $"{proxy.Id} {holdOut.Id}", GlueJson.Default.FolderScoreRecord);
        foreach (FolderScoreRecord record in _journal.Records)
        {
            _known[record.Key] = record.Scores;
        }
    }

    /// <summary>Scores a folder.</summary>
    /// <param name="evaluator">What scores.</param>
    /// <param name="name">The model's name.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="content">What tells its content from others.</param>
    /// <param name="expected">What the scores have to be, or null: others are returned, but neither taken from the journal nor recorded, so that they are taken once more by whoever mends the cause.</param>
    /// <param name="cancellationToken">Stops the evaluation.</param>
    /// <exception cref="EvaluationException">It could not be evaluated.</exception>
    public async Task<ScoreRecord[]> ScoreAsync(IModelEvaluator evaluator, string name, string folder, string content, ScoreRecord[]? expected, CancellationToken cancellationToken)
    {
        string key = $"{evaluator.Id} {content}";
        if (_known.TryGetValue(key, out ScoreRecord[]? known) && IsExpected(known))
        {
            return known;
        }

        EvaluationResult result = await evaluator.EvaluateAsync(ModelCandidate.FromFolder(folder, name), cancellationToken).ConfigureAwait(false);
        ScoreRecord[] scores = [.. result.Scores.Select(ScoreRecord.Of)];
        if (IsExpected(scores))
        {
            _journal.Append(new FolderScoreRecord(key, name, scores));
            _known[key] = scores;
        }

        return scores;

        bool IsExpected(ScoreRecord[] found) => expected is null || SameScores.Are(found, expected);
    }

    public void Dispose() => _journal.Dispose();
}
