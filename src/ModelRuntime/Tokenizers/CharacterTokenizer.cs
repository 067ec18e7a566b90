using System.Buffers;

namespace ModelRuntime.Tokenizers;

/// <summary>A tokenizer whose tokens are the codes of characters: ASCII with a vocabulary of 128.</summary>
public sealed class CharacterTokenizer : ITokenizer
{
    private const int LargestVocabulary = 0xD800;

    private readonly SearchValues<char> _ordinary;
    private readonly int[] _special;

    /// <summary>Creates a tokenizer.</summary>
    /// <param name="vocabularySize">The number of tokens, from 1 to 55,296; 128 by default.</param>
    /// <param name="padToken">The token for padding, or null; 0 by default.</param>
    /// <param name="beginToken">The token that begins a sequence, or null; 1 by default.</param>
    /// <param name="endToken">The token that ends a sequence, or null; 2 by default.</param>
    /// <remarks>The characters with the codes of the three are not found in texts. Sequences begin with <paramref name="beginToken"/>; the end is the caller's to add, where a text is whole.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The size is out of its range, or a token not below it.</exception>
    public CharacterTokenizer(int vocabularySize = 128, int? padToken = 0, int? beginToken = 1, int? endToken = 2)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(vocabularySize, LargestVocabulary);
        VocabularySize = vocabularySize;
        PadToken = Checked(padToken, nameof(padToken));
        BeginToken = Checked(beginToken, nameof(beginToken));
        EndToken = Checked(endToken, nameof(endToken));
        _special = [.. new[] { padToken, beginToken, endToken }.OfType<int>()];
        _ordinary = SearchValues.Create([.. Enumerable.Range(0, vocabularySize).Except(_special).Select(id => (char)id)]);
    }

    /// <inheritdoc/>
    public int VocabularySize { get; }

    /// <inheritdoc/>
    public int? BeginToken { get; }

    /// <inheritdoc/>
    public int? EndToken { get; }

    /// <inheritdoc/>
    public int? PadToken { get; }

    /// <inheritdoc/>
    public IReadOnlyList<int> PrefixTokens => BeginToken is { } begin ? [begin] : [];

    /// <inheritdoc/>
    public IReadOnlyList<int> Encode(string text, bool addSpecialTokens = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        int other = text.AsSpan().IndexOfAnyExcept(_ordinary);
        if (other >= 0)
        {
            throw new RuntimeException(
                RuntimeError.TextInvalid,
                $"Character {other} of the text is U+{(int)text[other]:X4}; the tokens are the characters below U+{VocabularySize:X4} without the {_special.Length} special ones. Leave it out of the text.");
        }

        List<int> tokens = new(text.Length + 1);
        if (addSpecialTokens)
        {
            tokens.AddRange(PrefixTokens);
        }

        tokens.AddRange(text.Select(unit => (int)unit));
        return tokens;
    }

    /// <inheritdoc/>
    public string Decode(IReadOnlyList<int> tokens, bool skipSpecialTokens = true)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        foreach (int token in tokens)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(token, nameof(tokens));
        }

        return string.Concat(tokens.Where(token => token < VocabularySize && (!skipSpecialTokens || !_special.Contains(token))).Select(token => (char)token));
    }

    private int? Checked(int? token, string name) => token is null || (token >= 0 && token < VocabularySize)
        ? token
        : throw new ArgumentOutOfRangeException(name, token, $"Tokens are from 0 to {VocabularySize - 1}.");
}
