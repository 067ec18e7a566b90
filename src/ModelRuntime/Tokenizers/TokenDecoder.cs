namespace ModelRuntime.Tokenizers;

/// <summary>Gives the text of tokens as they come, for a model that is writing. Not for several threads at once.</summary>
/// <remarks>Text whose last character may not be whole yet is kept back until it is, or until <see cref="Flush"/>.</remarks>
public sealed class TokenDecoder
{
    // A character has at most four bytes, and some tokens have little text: what waits longer is no beginning of a character.
    private const int MostWaiting = 16;

    private readonly ITokenizer _tokenizer;
    private readonly bool _skipsSpecialTokens;

    // The tokens of the last text that was given, then those that wait: the first say whether a space stands before the others.
    private readonly List<int> _window = [];
    private int _given;

    /// <summary>Creates a decoder at the beginning of a text.</summary>
    /// <param name="tokenizer">The tokenizer of the tokens.</param>
    /// <param name="skipSpecialTokens">Whether to leave out special tokens; true by default.</param>
    public TokenDecoder(ITokenizer tokenizer, bool skipSpecialTokens = true)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        _tokenizer = tokenizer;
        _skipsSpecialTokens = skipSpecialTokens;
    }

    /// <summary>Takes the next token.</summary>
    /// <param name="token">The token.</param>
    /// <returns>The text that it adds; empty while a character is not whole.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The token is negative.</exception>
    public string Append(int token)
    {
        if (HasNoText(token))
        {
            return string.Empty;
        }

        _window.Add(token);
        return Take(isLast: _window.Count - _given >= MostWaiting);
    }

    /// <summary>Gives what was kept back, at the end of a text.</summary>
    public string Flush() => Take(isLast: true);

    // A special token that is left out, or one that the tokenizer does not have. A space has no text either where it begins a text, but several have.
    private bool HasNoText(int token) =>
        _tokenizer.Decode([token], _skipsSpecialTokens).Length == 0 && _tokenizer.Decode([.. Enumerable.Repeat(token, MostWaiting)], _skipsSpecialTokens).Length == 0;

    private string Take(bool isLast)
    {
        string before = _tokenizer.Decode(_window[.._given], _skipsSpecialTokens);
        string all = _tokenizer.Decode(_window, _skipsSpecialTokens);
        if (all.Length <= before.Length || (all[^1] == '\uFFFD' && !isLast))
        {
            if (isLast)
            {
                // What adds nothing by now is not waited with for ever: each token would take longer than the one before.
                _window.RemoveRange(_given, _window.Count - _given);
            }

            return string.Empty;
        }

        string added = all[before.Length..];
        _window.RemoveRange(0, _given);
        _given = _window.Count;
        return added;
    }
}
