namespace ModelAggregation.Evaluation;

/// <summary>A question for a greedy continuation.</summary>
/// <param name="Prompt">The text to continue.</param>
public sealed record GenerationRequest(string Prompt)
{
    /// <summary>Gets the most tokens to generate.</summary>
    /// <value>At least 1; 256 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public int MaxTokens
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 256;

    /// <summary>Gets the texts at which the continuation ends, before the first that occurs; the model's end token ends it in any case.</summary>
    /// <value>None by default; none of them is empty.</value>
    /// <exception cref="ArgumentException">A text is empty.</exception>
    public IReadOnlyList<string> Stops
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            if (value.Any(string.IsNullOrEmpty))
            {
                throw new ArgumentException("A text to stop at is empty: nothing would be generated.", nameof(value));
            }

            field = value;
        }
    } = [];
}
