namespace ModelAggregation.Evaluation.Tasks;

/// <summary>What tasks of prompts with answers share.</summary>
internal static class AnswerExamples
{
    /// <summary>Checks examples and returns what each is told by.</summary>
    /// <exception cref="ArgumentException">There are none, or one has an empty answer.</exception>
    public static IReadOnlyList<string> Keys(IReadOnlyList<AnswerExample> examples)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentOutOfRangeException.ThrowIfZero(examples.Count);
        if (examples.FirstOrDefault(example => string.IsNullOrEmpty(example.Answer)) is { } empty)
        {
            throw new ArgumentException($"The answer to '{Excerpt.Of(empty.Prompt)}' is empty.", nameof(examples));
        }

        return [.. examples.Select(example => example.Key)];
    }

    public static Fingerprint AddAll(this Fingerprint fingerprint, AnswerExample[] examples)
    {
        fingerprint.Add(examples.Length);
        foreach (AnswerExample example in examples)
        {
            fingerprint.Add(example.Prompt).Add(example.Answer);
        }

        return fingerprint;
    }
}
