namespace ModelRuntime.Tokenizers.Parts;

/// <summary>WordPiece: the longest token first, from left to right; a word that cannot be cut so is unknown as a whole.</summary>
internal sealed class WordPieceModel : ITokenModel
{
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _tokens;
    private readonly string _prefix;
    private readonly int _unknown;
    private readonly int _longestWord;
    private readonly int _longestToken;

    /// <summary>Creates the model.</summary>
    /// <param name="tokens">The tokens with their numbers.</param>
    /// <param name="prefix">What tokens inside a word begin with.</param>
    /// <param name="unknown">The token of unknown words.</param>
    /// <param name="longestWord">The number of characters from which a word is unknown, less 1.</param>
    public WordPieceModel(Dictionary<string, int> tokens, string prefix, int unknown, int longestWord)
    {
        _tokens = tokens.GetAlternateLookup<ReadOnlySpan<char>>();
        _prefix = prefix;
        _unknown = unknown;
        _longestWord = longestWord;
        _longestToken = tokens.Count == 0 ? 0 : tokens.Keys.Max(token => token.Length);
    }

    /// <summary>Reads the <c>model</c> of a <c>tokenizer.json</c>.</summary>
    public static WordPieceModel Read(TokenizerPart part)
    {
        part.Expect("vocab", "unk_token", "continuing_subword_prefix", "max_input_chars_per_word");
        Dictionary<string, int> tokens = ModelVocabulary.Read(part);
        string unknown = part.OptionalText("unk_token") ?? "[UNK]";
        return new WordPieceModel(
            tokens,
            part.OptionalText("continuing_subword_prefix") ?? "##",
            tokens.TryGetValue(unknown, out int id) ? id : throw part.Invalid($"has no token '{unknown}', its 'unk_token'"),
            part.Number("max_input_chars_per_word", 100));
    }

    public void Encode(string piece, List<int> tokens)
    {
        int before = tokens.Count;
        int start = 0;
        if (piece.Length > _longestWord && piece.EnumerateRunes().Count() > _longestWord)
        {
            tokens.Add(_unknown);
            return;
        }

        while (start < piece.Length)
        {
            ReadOnlySpan<char> rest = piece.AsSpan(start, Math.Min(_longestToken, piece.Length - start));
            rest = start == 0 ? rest : string.Concat(_prefix, rest);
            int prefix = start == 0 ? 0 : _prefix.Length;
            int length = LongestToken(rest, prefix, out int id);
            if (length == 0)
            {
                tokens.RemoveRange(before, tokens.Count - before);
                tokens.Add(_unknown);
                return;
            }

            tokens.Add(id);
            start += length;
        }
    }

    private int LongestToken(ReadOnlySpan<char> rest, int prefix, out int id)
    {
        for (int end = Math.Min(rest.Length, _longestToken); end > prefix; end--)
        {
            // Half a character is no token; the dictionary has none, and the look-up is spared.
            if (!char.IsHighSurrogate(rest[end - 1]) && _tokens.TryGetValue(rest[..end], out id))
            {
                return end - prefix;
            }
        }

        id = 0;
        return 0;
    }
}
