namespace ModelAggregation.Evaluation;

/// <summary>How far an evaluation is.</summary>
/// <param name="Candidate">The name of the model.</param>
/// <param name="Task">The task in work.</param>
/// <param name="TasksDone">The tasks that have a score.</param>
/// <param name="TaskCount">All tasks.</param>
/// <param name="QuestionsDone">The questions of the task in work that were answered.</param>
/// <param name="QuestionCount">All questions of the task in work; 0 before it has asked any.</param>
public sealed record EvaluationProgress(string Candidate, string Task, int TasksDone, int TaskCount, int QuestionsDone, int QuestionCount);
