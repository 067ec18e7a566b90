using ModelAggregation.Search;

namespace ModelAggregation.Glue.Execution;

/// <summary>A line of the journal of scores of folders.</summary>
/// <param name="Key">The evaluator and the hash of the folder's files.</param>
/// <param name="Name">The model's name, for people.</param>
/// <param name="Scores">A score for each task.</param>
internal sealed record FolderScoreRecord(string Key, string Name, ScoreRecord[] Scores);
