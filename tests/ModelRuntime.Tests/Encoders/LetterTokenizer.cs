using ModelRuntime.Tokenizers;

namespace ModelRuntime.Tests.Encoders;

/// <summary>A token for each letter, [CLS] = 101 before them and [SEP] = 102 behind.</summary>
internal sealed class LetterTokenizer(int vocabularySize = 160) : ITokenizer
{
    public const int Begin = 101;
    public const int End = 102;

    public int VocabularySize => vocabularySize;

    public int? BeginToken => Begin;

    public int? EndToken => End;

    public int? PadToken => 0;

    public IReadOnlyList<int> PrefixTokens => [Begin];

    public IReadOnlyList<int> Encode(string text, bool addSpecialTokens = true)
    {
        IEnumerable<int> letters = text.Select(letter => letter % 100);
        return addSpecialTokens ? [Begin, .. letters, End] : [.. letters];
    }

    public string Decode(IReadOnlyList<int> tokens, bool skipSpecialTokens = true) => string.Concat(tokens.Where(token => token < Begin).Select(token => (char)token));
}
