namespace ModelAggregation.Evaluation.Tasks;

/// <summary>A question with answers to choose from.</summary>
public sealed class ChoiceExample
{
    /// <summary>Creates an example of one prompt with several continuations.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="choices">The answers to choose from, at least two; none is empty.</param>
    /// <param name="answer">The right one, from 0.</param>
    /// <exception cref="ArgumentException">There are fewer than two choices, an empty one, or the right one is none of them.</exception>
    public ChoiceExample(string prompt, IReadOnlyList<string> choices, int answer)
        : this(choices is null ? [] : [.. Enumerable.Repeat(prompt, choices.Count)], choices!, answer)
    {
    }

    /// <summary>Creates an example in which each choice has a prompt of its own, as WinoGrande's: the choice is in the prompt, and the continuation is the rest of the sentence.</summary>
    /// <param name="prompts">The prompt of each choice.</param>
    /// <param name="choices">The continuation of each prompt, at least two; none is empty.</param>
    /// <param name="answer">The right one, from 0.</param>
    /// <exception cref="ArgumentException">There are fewer than two choices, an empty one, not as many as prompts, or the right one is none of them.</exception>
    public ChoiceExample(IReadOnlyList<string> prompts, IReadOnlyList<string> choices, int answer)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(choices);
        if (choices.Count < 2 || prompts.Count != choices.Count)
        {
            throw new ArgumentException($"There are {choices.Count} choices for {prompts.Count} prompts; a question has at least two, and as many of both.", nameof(choices));
        }

        if (prompts.Any(prompt => prompt is null) || choices.Any(string.IsNullOrEmpty))
        {
            throw new ArgumentException("A prompt or choice is null or a choice is empty: it has no log-probability.", nameof(choices));
        }

        if (answer < 0 || answer >= choices.Count)
        {
            throw new ArgumentOutOfRangeException(nameof(answer), answer, $"The right one of {choices.Count} choices is 0 to {choices.Count - 1}.");
        }

        Prompts = [.. prompts];
        Choices = [.. choices];
        Answer = answer;
    }

    /// <summary>Gets the prompt of each choice.</summary>
    public IReadOnlyList<string> Prompts { get; }

    /// <summary>Gets the choices.</summary>
    public IReadOnlyList<string> Choices { get; }

    /// <summary>Gets the right choice, from 0.</summary>
    public int Answer { get; }

    internal string Key => Fingerprint.Key([.. Prompts, .. Choices]);
}
