using ModelRuntime.Tokenizers;

namespace ModelRuntime.Training;

/// <summary>A sequence of tokens of which a model learns to predict the last ones. Immutable.</summary>
public sealed class TrainingExample
{
    /// <summary>Creates an example.</summary>
    /// <param name="tokens">The tokens, at least two, the special ones included.</param>
    /// <param name="firstAnswer">The index of the first token that is learnt; 1 for all tokens that have one before them. The tokens before it are read only.</param>
    /// <exception cref="ArgumentException">There are fewer than two tokens.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The first token that is learnt has no token before it, or is none.</exception>
    public TrainingExample(ReadOnlyMemory<int> tokens, int firstAnswer = 1)
    {
        if (tokens.Length < 2)
        {
            throw new ArgumentException($"An example of {tokens.Length} tokens has nothing to learn: at least two are needed.", nameof(tokens));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(firstAnswer, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(firstAnswer, tokens.Length);
        Tokens = tokens.ToArray();
        FirstAnswer = firstAnswer;
    }

    /// <summary>Gets the tokens.</summary>
    public ReadOnlyMemory<int> Tokens { get; }

    /// <summary>Gets the index of the first token that is learnt.</summary>
    public int FirstAnswer { get; }

    /// <summary>Gets the number of tokens that are learnt.</summary>
    public int LabelCount => Tokens.Length - FirstAnswer;

    /// <summary>Creates an example of a prompt and its answer: what texts begin with, prompt, answer, end, of which answer and end are learnt.</summary>
    /// <param name="tokenizer">The model's tokenizer. What it puts before texts (<see cref="ITokenizer.PrefixTokens"/>) comes before the prompt, and its end token, where it has one, after the answer.</param>
    /// <param name="prompt">The prompt; may be empty where the tokenizer puts tokens before a text.</param>
    /// <param name="answer">The answer; may be empty where the tokenizer has an end token.</param>
    /// <exception cref="RuntimeException">The tokenizer has no token for a part of a text.</exception>
    /// <exception cref="ArgumentException">There is no token to predict from, or none to learn.</exception>
    /// <remarks>
    /// Prompt and answer are cut into tokens as one text, as a model sees them; what the prompt alone begins with in the same way is the prompt. A token that spans
    /// both is learnt, though a prompt that is answered later ends otherwise: let prompts end where tokens do, such as with a colon or a line break.
    /// </remarks>
    public static TrainingExample FromText(ITokenizer tokenizer, string prompt, string answer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(answer);
        IReadOnlyList<int> whole = tokenizer.Encode(prompt + answer, addSpecialTokens: false);
        int shared = whole.Zip(tokenizer.Encode(prompt, addSpecialTokens: false)).TakeWhile(pair => pair.First == pair.Second).Count();
        int[] end = tokenizer.EndToken is int last ? [last] : [];
        int firstAnswer = tokenizer.PrefixTokens.Count + shared;
        int[] tokens = [.. tokenizer.PrefixTokens, .. whole, .. end];
        return firstAnswer > 0 && firstAnswer < tokens.Length
            ? new TrainingExample(tokens, firstAnswer)
            : throw new ArgumentException(
                $"Prompt '{prompt}' and answer '{answer}' have no token to {(firstAnswer == 0 ? "begin from" : "learn")}, and the tokenizer adds none.", nameof(prompt));
    }

    /// <summary>Writes what is to be predicted at each token: the next one, or −1 where nothing is learnt, which the last token always is.</summary>
    /// <param name="labels">Receives as many labels as there are tokens.</param>
    /// <exception cref="ArgumentException">It has another length.</exception>
    public void WriteLabels(Span<int> labels)
    {
        if (labels.Length != Tokens.Length)
        {
            throw new ArgumentException($"{labels.Length} labels are not those of {Tokens.Length} tokens.", nameof(labels));
        }

        labels.Fill(-1);
        Tokens.Span[FirstAnswer..].CopyTo(labels[(FirstAnswer - 1)..]);
    }
}
