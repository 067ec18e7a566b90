namespace DataShapley.Games;

/// <summary>What the evaluations of a run came to.</summary>
/// <param name="Requested">Values that were asked for; a budget counts these, so that a warm cache changes no result.</param>
/// <param name="Evaluated">Values that the utility computed; more than were used where a run stopped with draws under way.</param>
/// <param name="FromCache">Values that were remembered.</param>
/// <param name="FromJournal">Values that an earlier process had recorded.</param>
/// <param name="Failed">Evaluations that threw, took too long, or gave a value that is not finite.</param>
public readonly record struct EvaluationCounts(long Requested, long Evaluated, long FromCache, long FromJournal, long Failed);
