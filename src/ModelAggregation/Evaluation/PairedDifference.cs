using MathNet.Numerics.Distributions;

namespace ModelAggregation.Evaluation;

/// <summary>How much better one model is than another on the same examples: paired example by example, so that what makes an example hard for both does not blur the difference.</summary>
/// <param name="Difference">The merit of the first minus that of the second: above zero where the first is better.</param>
/// <param name="StandardError">Its standard error over draws of examples.</param>
/// <param name="DegreesOfFreedom">The degrees of freedom of the standard error: n − 1 of a task, Satterthwaite's of several.</param>
public readonly record struct PairedDifference(double Difference, double StandardError, double DegreesOfFreedom)
{
    /// <summary>Compares two scores of a task.</summary>
    /// <param name="first">The first.</param>
    /// <param name="second">The second.</param>
    /// <exception cref="ArgumentException">The scores are of other tasks or examples, or have no outcomes of two examples or more.</exception>
    public static PairedDifference Of(TaskScore first, TaskScore second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        string name = first.Task.Name;
        if (!string.Equals(name, second.Task.Name, StringComparison.Ordinal) || !string.Equals(first.Task.Metric, second.Task.Metric, StringComparison.Ordinal))
        {
            throw new ArgumentException($"A score of '{name}' ({first.Task.Metric}) does not compare with one of '{second.Task.Name}' ({second.Task.Metric}).", nameof(second));
        }

        if (first.Outcomes.Count < 2 || first.Outcomes.Count != second.Outcomes.Count)
        {
            throw new ArgumentException($"Task '{name}': there are outcomes of {first.Outcomes.Count} and {second.Outcomes.Count} examples; pairs need the same, two at least.", nameof(second));
        }

        double sign = first.Task.Direction == ScoreDirection.HigherIsBetter ? 1 : -1;
        double[] differences = new double[first.Outcomes.Count];
        for (int i = 0; i < differences.Length; i++)
        {
            if (!string.Equals(first.Outcomes[i].Example, second.Outcomes[i].Example, StringComparison.Ordinal))
            {
                throw new ArgumentException($"Task '{name}': example {i} is '{first.Outcomes[i].Example}' in one and '{second.Outcomes[i].Example}' in the other.", nameof(second));
            }

            differences[i] = sign * (first.Outcomes[i].Value - second.Outcomes[i].Value);
        }

        (double mean, double? error) = SampleMean.Of(differences);
        return new PairedDifference(mean, error!.Value, differences.Length - 1);
    }

    /// <summary>Compares two results by the weighted mean of their tasks' merits, as <see cref="EvaluationResult.Merit"/> has it. The tasks' examples are taken for independent draws.</summary>
    /// <param name="first">The first.</param>
    /// <param name="second">The second.</param>
    /// <exception cref="ArgumentException">A task with weight is missing in the other, or does not compare; or no task has weight.</exception>
    public static PairedDifference Of(EvaluationResult first, EvaluationResult second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        TaskScore[] scores = [.. first.Scores.Where(score => score.Task.Weight > 0)];
        double weights = scores.Sum(score => score.Task.Weight);
        if (scores.Length == 0 || second.Scores.Count(score => score.Task.Weight > 0) != scores.Length)
        {
            throw new ArgumentException($"'{first.Candidate}' and '{second.Candidate}' have {scores.Length} and {second.Scores.Count(score => score.Task.Weight > 0)} tasks with weight; they compare on the same, one at least.", nameof(second));
        }

        double difference = 0;
        double variance = 0;
        double freedom = 0;
        foreach (TaskScore score in scores)
        {
            TaskScore other = second.Scores.FirstOrDefault(candidate => string.Equals(candidate.Task.Name, score.Task.Name, StringComparison.Ordinal))
                ?? throw new ArgumentException($"'{second.Candidate}' has no score of task '{score.Task.Name}'.", nameof(second));
            PairedDifference task = Of(score, other);
            double share = score.Task.Weight / weights;
            double part = Math.Pow(share * task.StandardError, 2);
            difference += share * task.Difference;
            variance += part;
            freedom += part * part / task.DegreesOfFreedom;
        }

        return new PairedDifference(difference, Math.Sqrt(variance), freedom > 0 ? variance * variance / freedom : scores.Min(score => score.Outcomes.Count - 1));
    }

    /// <summary>Returns where the true difference lies: the difference ± t · its standard error (Student's t).</summary>
    /// <param name="level">The level, between 0 and 1; 0.95 by default.</param>
    /// <exception cref="ArgumentOutOfRangeException">The level is not between 0 and 1.</exception>
    public (double Low, double High) Interval(double level = 0.95)
    {
        if (!(level > 0 && level < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(level), level, "A level is between 0 and 1.");
        }

        double reach = StandardError * StudentT.InvCDF(0, 1, DegreesOfFreedom, (1 + level) / 2);
        return (Difference - reach, Difference + reach);
    }
}
