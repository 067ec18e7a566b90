using ModelRuntime.Tokenizers.Parts;
using ModelRuntime.Tokenizers.Unicode;
using ModelTensors.Tokenizers;

namespace ModelRuntime.Tokenizers;

/// <summary>A tokenizer of parts: added tokens are found, the rest is normalized, cut into pieces, and each piece made into tokens by a model.</summary>
internal sealed class PipelineTokenizer : ITokenizer
{
    private readonly TokenizerParts _parts;
    private readonly IReadOnlyList<string?> _tokens;
    private readonly IReadOnlyDictionary<int, AddedToken> _added;
    private readonly SpecialTokens _special;
    private readonly AddedTokenFinder _verbatim;
    private readonly AddedTokenFinder _normalized;

    public PipelineTokenizer(IReadOnlyList<string?> tokens, IReadOnlyDictionary<int, AddedToken> added, TokenizerParts parts, SpecialTokens special)
    {
        _parts = parts;
        _tokens = tokens;
        _added = added;
        _special = special;
        _verbatim = new AddedTokenFinder(added
            .Where(item => !item.Value.IsNormalized)
            .Select(item => (item.Value.Content, item.Key, item.Value)));

        // Two may be the same after normalization: then special ones come first, and those with lower numbers.
        _normalized = new AddedTokenFinder(added
            .Where(item => item.Value.IsNormalized)
            .OrderByDescending(item => item.Value.IsSpecial)
            .Select(item => (parts.Normalize(item.Value.Content), item.Key, item.Value)));
    }

    public int VocabularySize => _tokens.Count;

    public int? BeginToken => _special.Begin;

    public int? EndToken => _special.End;

    public int? PadToken => _special.Pad;

    public IReadOnlyList<int> PrefixTokens => _parts.Template.Before;

    public IReadOnlyList<int> Encode(string text, bool addSpecialTokens = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        text = Characters.ReplaceLoneSurrogates(text);
        List<int> tokens = addSpecialTokens ? [.. _parts.Template.Before] : [];
        foreach ((TextRange range, int id) in _verbatim.Find(text))
        {
            if (id >= 0)
            {
                tokens.Add(id);
            }
            else
            {
                EncodeNormalized(_parts.Normalize(text[range.Start..range.End]), range.Start == 0, tokens);
            }
        }

        if (addSpecialTokens)
        {
            tokens.AddRange(_parts.Template.After);
        }

        return tokens;
    }

    public string Decode(IReadOnlyList<int> tokens, bool skipSpecialTokens = true)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        List<string> texts = new(tokens.Count);
        foreach (int id in tokens)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(id, nameof(tokens));
            bool isSkipped = skipSpecialTokens && _added.TryGetValue(id, out AddedToken? added) && added.IsSpecial;
            if (!isSkipped && id < VocabularySize && _tokens[id] is { } token)
            {
                texts.Add(token);
            }
        }

        return _parts.Join(texts);
    }

    private void EncodeNormalized(string text, bool isFirst, List<int> tokens)
    {
        foreach ((TextRange range, int id) in _normalized.Find(text))
        {
            if (id >= 0)
            {
                tokens.Add(id);
                continue;
            }

            List<Piece> pieces = [new Piece(text[range.Start..range.End], isFirst && range.Start == 0)];
            foreach (PreTokenizer step in _parts.PreTokenizers)
            {
                List<Piece> smaller = new(pieces.Count);
                foreach (Piece piece in pieces)
                {
                    step(piece, smaller);
                }

                pieces = smaller;
            }

            foreach (Piece piece in pieces)
            {
                _parts.Model.Encode(piece.Text, tokens);
            }
        }
    }
}
