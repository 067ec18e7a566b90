using System.Text;

namespace ModelRuntime.Tokenizers;

/// <summary>A tokenizer whose tokens are the bytes of UTF-8 after some special ones, as ByT5 has it (Xue et al. 2022, arXiv:2105.13626).</summary>
public sealed class ByteTokenizer : ITokenizer
{
    private const int ByteCount = 256;

    private readonly int _firstByte;

    /// <summary>Creates a tokenizer.</summary>
    /// <param name="firstByte">The token of byte 0, at least 0; 3 by default.</param>
    /// <param name="padToken">The token for padding, or null; 0 by default.</param>
    /// <param name="beginToken">The token that sequences begin with, or null, the default.</param>
    /// <param name="endToken">The token that sequences end with, or null; 1 by default.</param>
    /// <param name="vocabularySize">The number of tokens; by default, and at least, all bytes and those before them. Tokens that are neither bytes nor given here are special.</param>
    /// <exception cref="ArgumentOutOfRangeException">A special token is one of the bytes', or outside of the vocabulary.</exception>
    public ByteTokenizer(int firstByte = 3, int? padToken = 0, int? beginToken = null, int? endToken = 1, int? vocabularySize = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstByte);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstByte, ModelTensors.Tokenizers.Vocabulary.LargestId);
        VocabularySize = vocabularySize ?? firstByte + ByteCount;
        ArgumentOutOfRangeException.ThrowIfLessThan(VocabularySize, firstByte + ByteCount, nameof(vocabularySize));
        _firstByte = firstByte;
        PadToken = Checked(padToken, nameof(padToken));
        BeginToken = Checked(beginToken, nameof(beginToken));
        EndToken = Checked(endToken, nameof(endToken));
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

    /// <summary>Cuts a text into its bytes; halves of surrogate pairs are those of U+FFFD.</summary>
    /// <param name="text">The text; it has no special tokens.</param>
    /// <param name="addSpecialTokens">Whether to add what sequences begin and end with.</param>
    public IReadOnlyList<int> Encode(string text, bool addSpecialTokens = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        List<int> tokens = new(bytes.Length + 2);
        if (addSpecialTokens)
        {
            tokens.AddRange(PrefixTokens);
        }

        tokens.AddRange(bytes.Select(value => _firstByte + value));
        if (addSpecialTokens && EndToken is { } end)
        {
            tokens.Add(end);
        }

        return tokens;
    }

    /// <summary>Puts bytes together to a text; what is no UTF-8 becomes U+FFFD.</summary>
    /// <param name="tokens">The tokens. Those that the vocabulary does not have give no text.</param>
    /// <param name="skipSpecialTokens">Whether to leave out special tokens; otherwise they are written as <c>&lt;id&gt;</c>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A token is negative.</exception>
    public string Decode(IReadOnlyList<int> tokens, bool skipSpecialTokens = true)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        List<byte> bytes = new(tokens.Count);
        foreach (int token in tokens)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(token, nameof(tokens));
            if (IsByte(token))
            {
                bytes.Add((byte)(token - _firstByte));
            }
            else if (!skipSpecialTokens && token < VocabularySize)
            {
                bytes.AddRange(Encoding.UTF8.GetBytes($"<{token}>"));
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    private bool IsByte(int token) => token >= _firstByte && token < _firstByte + ByteCount;

    private int? Checked(int? token, string name) => token is not { } id || (id >= 0 && id < VocabularySize && !IsByte(id))
        ? token
        : throw new ArgumentOutOfRangeException(name, id, $"Special tokens are from 0 to {VocabularySize - 1}, without the bytes' from {_firstByte} to {_firstByte + ByteCount - 1}.");
}
