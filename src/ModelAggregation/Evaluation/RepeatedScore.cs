namespace ModelAggregation.Evaluation;

/// <summary>Joins the scores of a task under several seeds; see <see cref="RepeatedEvaluator"/>.</summary>
internal static class RepeatedScore
{
    public static TaskScore Of(TaskInfo task, TaskScore[] repeats)
    {
        if (repeats is [var only])
        {
            return new TaskScore(task, only.Value, only.Count, only.StandardError, only.Outcomes);
        }

        return repeats[0].Outcomes.Count > 0 && Array.TrueForAll(repeats, repeat => HasSameExamples(repeat, repeats[0])) ? OfOutcomes(task, repeats) : OfValues(task, repeats);
    }

    private static bool HasSameExamples(TaskScore first, TaskScore second) =>
        first.Outcomes.Select(outcome => outcome.Example).SequenceEqual(second.Outcomes.Select(outcome => outcome.Example), StringComparer.Ordinal);

    private static TaskScore OfOutcomes(TaskInfo task, TaskScore[] repeats)
    {
        double n = repeats[0].Outcomes.Count;
        double r = repeats.Length;
        double[] examples = [.. repeats[0].Outcomes.Select((_, index) => repeats.Average(repeat => repeat.Outcomes[index].Value))];
        double[] seeds = [.. repeats.Select(repeat => repeat.Outcomes.Average(outcome => outcome.Value))];
        double mean = examples.Average();
        ExampleOutcome[] outcomes = [.. repeats[0].Outcomes.Select((outcome, index) => outcome with { Value = examples[index] })];
        if (outcomes.Length == 1)
        {
            return new TaskScore(task, mean, 1, null, outcomes);
        }

        double ofExamples = r * examples.Sum(value => Square(value - mean)) / (n - 1);
        double ofSeeds = n * seeds.Sum(value => Square(value - mean)) / (r - 1);
        double rest = 0;
        for (int seed = 0; seed < repeats.Length; seed++)
        {
            for (int example = 0; example < examples.Length; example++)
            {
                rest += Square(repeats[seed].Outcomes[example].Value - examples[example] - seeds[seed] + mean);
            }
        }

        // What a seed adds to all examples alike; below zero it is noise, and there is none.
        double shared = Math.Max(0, ofSeeds - (rest / ((n - 1) * (r - 1))));
        return new TaskScore(task, mean, outcomes.Length, Math.Sqrt((ofExamples + shared) / (n * r)), outcomes);
    }

    private static TaskScore OfValues(TaskInfo task, TaskScore[] repeats)
    {
        double mean = repeats.Average(repeat => repeat.Value);
        double between = repeats.Sum(repeat => Square(repeat.Value - mean)) / (repeats.Length - 1);
        double? error = Array.TrueForAll(repeats, repeat => repeat.StandardError is not null)
            ? Math.Sqrt(repeats.Average(repeat => Square(repeat.StandardError!.Value)) + (between / repeats.Length))
            : null;
        return new TaskScore(task, mean, repeats.Min(repeat => repeat.Count), error);
    }

    private static double Square(double value) => value * value;
}
