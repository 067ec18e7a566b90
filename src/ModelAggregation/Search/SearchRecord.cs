namespace ModelAggregation.Search;

/// <summary>A line of the journal: a merge and its scores.</summary>
/// <param name="Key">What tells the merge from others: its plan, the methods' build, the times of the inputs' files, and what the tokenizer's files hold.</param>
/// <param name="Hash">The plan's hash.</param>
/// <param name="Recipe">The recipe, for people.</param>
/// <param name="Scores">A score for each task of the evaluator.</param>
internal sealed record SearchRecord(string Key, string Hash, string Recipe, ScoreRecord[] Scores);
