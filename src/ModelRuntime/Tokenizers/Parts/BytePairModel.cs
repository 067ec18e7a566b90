using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;

namespace ModelRuntime.Tokenizers.Parts;

/// <summary>Byte-pair encoding: neighbours are merged, those first whose merge the file lists first, of equal ones the leftmost.</summary>
internal sealed class BytePairModel : ITokenModel
{
    private const int CachedWords = 1 << 14;
    private const int LongestCached = 32;

    private readonly Dictionary<string, int> _tokens;
    private readonly Dictionary<ulong, Merge> _merges;
    private readonly BytePairSettings _settings;
    private readonly int[]? _bytes;

    // What it holds changes no result.
    private readonly ConcurrentDictionary<string, int[]> _cache = new(StringComparer.Ordinal);
    private int _cached;

    private BytePairModel(Dictionary<string, int> tokens, Dictionary<ulong, Merge> merges, BytePairSettings settings)
    {
        _tokens = tokens;
        _merges = merges;
        _settings = settings;
        _bytes = settings.FallsBackToBytes ? [.. Enumerable.Range(0, 256).Select(value => tokens.GetValueOrDefault($"<0x{value:X2}>", -1))] : null;
    }

    /// <summary>Reads the <c>model</c> of a <c>tokenizer.json</c>.</summary>
    public static BytePairModel Read(TokenizerPart part)
    {
        part.Expect("vocab", "merges", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", "byte_fallback", "ignore_merges");
        if (part.Node["dropout"] is { } dropout && (dropout is not JsonValue value || !value.TryGetValue(out double rate) || rate != 0))
        {
            throw part.Unsupported($"has a 'dropout' of {dropout.ToJsonString()}");
        }

        Dictionary<string, int> tokens = ModelVocabulary.Read(part);
        int? unknown = part.OptionalText("unk_token") is not { } unknownToken ? null
            : tokens.TryGetValue(unknownToken, out int id) ? id
            : throw part.Invalid($"has no token '{unknownToken}', its 'unk_token'");
        BytePairSettings settings = new(
            unknown,
            part.OptionalText("continuing_subword_prefix") ?? string.Empty,
            part.OptionalText("end_of_word_suffix") ?? string.Empty,
            part.Flag("fuse_unk"),
            part.Flag("byte_fallback"),
            part.Flag("ignore_merges"));
        return new BytePairModel(tokens, ReadMerges(part, tokens, settings.Prefix.Length), settings);
    }

    public void Encode(string piece, List<int> tokens)
    {
        if (_settings.TakesWholeWords && _tokens.TryGetValue(piece, out int whole))
        {
            tokens.Add(whole);
        }
        else if (piece.Length > LongestCached)
        {
            tokens.AddRange(Join(Cut(piece)));
        }
        else
        {
            if (!_cache.TryGetValue(piece, out int[]? cached))
            {
                cached = Join(Cut(piece));
                if (_cached < CachedWords && _cache.TryAdd(piece, cached))
                {
                    Interlocked.Increment(ref _cached);
                }
            }

            tokens.AddRange(cached);
        }
    }

    private static Dictionary<ulong, Merge> ReadMerges(TokenizerPart part, Dictionary<string, int> tokens, int prefixLength)
    {
        JsonArray list = part.List("merges");
        Dictionary<ulong, Merge> merges = new(list.Count);
        for (int rank = 0; rank < list.Count; rank++)
        {
            (string left, string right) = Parts(list[rank]) ?? throw part.Invalid($"has a merge {rank} that is no pair of tokens: {list[rank]?.ToJsonString() ?? "null"}");
            if (right.Length < prefixLength)
            {
                throw part.Invalid($"has a merge {rank} of '{left}' and '{right}', which lacks the 'continuing_subword_prefix'");
            }

            // Of a pair that is there twice the later counts, as where the file comes from.
            merges[Key(Token(left), Token(right))] = new Merge(rank, Token(string.Concat(left, right.AsSpan(prefixLength))));

            int Token(string token) => tokens.TryGetValue(token, out int id)
                ? id
                : throw part.Invalid($"has a merge {rank} of '{left}' and '{right}', and no token '{token}'");
        }

        return merges;
    }

    private static (string Left, string Right)? Parts(JsonNode? merge)
    {
        switch (merge)
        {
            case JsonArray { Count: 2 } pair when pair[0] is JsonValue left && pair[1] is JsonValue right && left.TryGetValue(out string? first) && right.TryGetValue(out string? second):
                return (first, second);
            case JsonValue value when value.TryGetValue(out string? text):
                int space = text.IndexOf(' ');
                return space > 0 && space == text.LastIndexOf(' ') && space < text.Length - 1 ? (text[..space], text[(space + 1)..]) : null;
            default:
                return null;
        }
    }

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    // The characters of a word as tokens; what has none as bytes, or as the unknown token.
    private List<int> Cut(string word)
    {
        List<int> symbols = new(word.Length);
        bool wasUnknown = false;
        int start = 0;
        foreach (Rune rune in word.EnumerateRunes())
        {
            int end = start + rune.Utf16SequenceLength;
            string symbol = string.Concat(start == 0 ? string.Empty : _settings.Prefix, word.AsSpan(start, end - start), end == word.Length ? _settings.Suffix : string.Empty);
            bool isUnknown = false;
            if (_tokens.TryGetValue(symbol, out int id))
            {
                symbols.Add(id);
            }
            else if (!TryAddBytes(symbol, symbols))
            {
                isUnknown = true;
                if (!wasUnknown || !_settings.FusesUnknown)
                {
                    symbols.Add(_settings.Unknown ?? throw new RuntimeException(
                        RuntimeError.TextInvalid,
                        $"The tokenizer has no token for '{rune}' (U+{rune.Value:X4}), and none for what is unknown. Leave the character out of the text."));
                }
            }

            wasUnknown = isUnknown;
            start = end;
        }

        return symbols;
    }

    private bool TryAddBytes(string symbol, List<int> symbols)
    {
        if (_bytes is null)
        {
            return false;
        }

        byte[] bytes = Encoding.UTF8.GetBytes(symbol);
        if (Array.Exists(bytes, value => _bytes[value] < 0))
        {
            return false;
        }

        symbols.AddRange(bytes.Select(value => _bytes[value]));
        return true;
    }

    // Symbols are a linked list, and possible merges wait in a heap: n log n for a word of n characters.
    private int[] Join(List<int> symbols)
    {
        int count = symbols.Count;
        int[] next = [.. Enumerable.Range(1, count)];
        int[] previous = [.. Enumerable.Range(-1, count)];
        PriorityQueue<Candidate, (int Rank, int Position)> candidates = new();
        for (int i = 0; i + 1 < count; i++)
        {
            Propose(i);
        }

        while (candidates.TryDequeue(out Candidate candidate, out (int Rank, int Position) place))
        {
            int left = place.Position;
            int right = next[left];
            // One of the two may have been merged with another since.
            if (symbols[left] != candidate.Left || right >= count || symbols[right] != candidate.Right)
            {
                continue;
            }

            symbols[left] = candidate.Result;
            symbols[right] = -1;
            next[left] = next[right];
            if (next[left] < count)
            {
                previous[next[left]] = left;
                Propose(left);
            }

            if (previous[left] >= 0)
            {
                Propose(previous[left]);
            }
        }

        return [.. symbols.Where(symbol => symbol >= 0)];

        void Propose(int left)
        {
            int right = next[left];
            if (_merges.TryGetValue(Key(symbols[left], symbols[right]), out Merge merge))
            {
                candidates.Enqueue(new Candidate(symbols[left], symbols[right], merge.Result), (merge.Rank, left));
            }
        }
    }

    private readonly record struct Merge(int Rank, int Result);

    private readonly record struct Candidate(int Left, int Right, int Result);
}
