namespace ModelAggregation.Evaluation;

/// <summary>What a score is of.</summary>
/// <param name="Name">The name, such as <c>gsm8k</c>; the tasks of an evaluator have different ones.</param>
/// <param name="Metric">What is measured, such as <c>acc_norm</c>.</param>
public sealed record TaskInfo(string Name, string Metric)
{
    /// <summary>Gets which of two scores is the better one.</summary>
    /// <value>The higher one by default.</value>
    public ScoreDirection Direction { get; init; }

    /// <summary>Gets the share of the task in an evaluation's <see cref="EvaluationResult.Merit"/>.</summary>
    /// <value>Not negative and finite; 1 by default. 0 is a task that is reported and counts for nothing.</value>
    /// <exception cref="ArgumentOutOfRangeException">The weight is negative or not finite.</exception>
    public double Weight
    {
        get;
        init
        {
            if (!(value >= 0 && double.IsFinite(value)))
            {
                throw new ArgumentOutOfRangeException(nameof(value), value, "A weight is not negative and finite.");
            }

            field = value;
        }
    } = 1;

    /// <summary>Gets the scores that there can be; one outside is a failed evaluation.</summary>
    /// <value>All finite numbers by default.</value>
    public ScoreRange Range { get; init; } = ScoreRange.Finite;

    /// <summary>Gets what the examples are told by, in their order: equal keys are equal examples, so that data to select on and data to report on can be kept apart.</summary>
    /// <value>Empty by default: the evaluator does not know its examples.</value>
    public IReadOnlyList<string> Examples { get; init; } = [];
}
