namespace ModelAggregation.Evaluation.Tasks;

/// <summary>A prompt with its right answer.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Answer">The right answer; not empty.</param>
public sealed record AnswerExample(string Prompt, string Answer)
{
    internal string Key => Fingerprint.Key(Prompt);
}
