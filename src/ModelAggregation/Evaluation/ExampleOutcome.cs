namespace ModelAggregation.Evaluation;

/// <summary>What one example adds to a task's score.</summary>
/// <param name="Example">What the example is told by; see <see cref="TaskInfo.Examples"/>.</param>
/// <param name="Value">Its value: the score of the task is the mean of these.</param>
public readonly record struct ExampleOutcome(string Example, double Value);
