namespace ModelRuntime.Tokenizers;

/// <summary>Turns text into the tokens of a model and back. Safe to use from several threads.</summary>
public interface ITokenizer
{
    /// <summary>Gets the number of tokens: one more than the largest id.</summary>
    int VocabularySize { get; }

    /// <summary>Gets the token that begins a sequence, or null where the model has none. <see cref="Encode"/> need not add it: see <see cref="PrefixTokens"/>.</summary>
    int? BeginToken { get; }

    /// <summary>Gets the token that ends a sequence, or null where the model has none.</summary>
    int? EndToken { get; }

    /// <summary>Gets the token for padding, or null where the model has none.</summary>
    int? PadToken { get; }

    /// <summary>Gets the tokens that <see cref="Encode"/> puts before those of a text when it adds special tokens; empty where it puts none.</summary>
    IReadOnlyList<int> PrefixTokens { get; }

    /// <summary>Cuts a text into tokens.</summary>
    /// <param name="text">The text; special tokens in it are found and kept whole.</param>
    /// <param name="addSpecialTokens">Whether to add what the model's sequences begin and end with, as its <c>tokenizer.json</c> says.</param>
    /// <exception cref="RuntimeException">The tokenizer has no token for a part of the text, and none for what is unknown (<see cref="RuntimeError.TextInvalid"/>).</exception>
    IReadOnlyList<int> Encode(string text, bool addSpecialTokens = true);

    /// <summary>Puts tokens together to a text.</summary>
    /// <param name="tokens">The tokens. Those that the vocabulary does not have give no text: models have some to spare, for a rounder number.</param>
    /// <param name="skipSpecialTokens">Whether to leave out special tokens.</param>
    /// <exception cref="ArgumentOutOfRangeException">A token is negative.</exception>
    string Decode(IReadOnlyList<int> tokens, bool skipSpecialTokens = true);
}
