namespace ModelAggregation.Evaluation.Tasks;

/// <summary>Scores that are functions of a ratio of sums, such as nats per token. Their standard error is the ratio estimator's, carried through the function by its slope (delta method).</summary>
internal static class RatioScore
{
    /// <summary>Returns f(R) of R = Σ numerators / Σ denominators.</summary>
    /// <param name="task">The task.</param>
    /// <param name="numerators">What is divided, for each example.</param>
    /// <param name="denominators">By what, above zero.</param>
    /// <param name="function">f with its slope: (f(R), f′(R)).</param>
    /// <remarks>The outcome of example i is f(R) + f′(R)·(x_i − R·n_i)/n̄: their mean is the score, and their spread and paired differences are right to first order.</remarks>
    public static TaskScore Of(TaskInfo task, double[] numerators, double[] denominators, Func<double, (double Value, double Slope)> function)
    {
        double total = denominators.Sum();
        double ratio = numerators.Sum() / total;
        (double value, double slope) = function(ratio);
        double scale = slope * numerators.Length / total;
        double[] values = new double[numerators.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = value + (scale * (numerators[i] - (ratio * denominators[i])));
        }

        double? error = SampleMean.Of(values).StandardError;
        ExampleOutcome[] outcomes = [.. values.Select((outcome, i) => new ExampleOutcome(task.Examples[i], outcome))];
        return new TaskScore(task, value, values.Length, error is { } known && double.IsNaN(known) ? null : error, outcomes);
    }
}
