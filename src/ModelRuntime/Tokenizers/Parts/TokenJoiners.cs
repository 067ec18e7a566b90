using System.Globalization;
using System.Text;

namespace ModelRuntime.Tokenizers.Parts;

/// <summary>A step from the texts of tokens to a text.</summary>
internal delegate List<string> TokenJoiner(List<string> tokens);

/// <summary>Reads the <c>decoder</c> of a <c>tokenizer.json</c>: how the texts of tokens become a text.</summary>
internal static class TokenJoiners
{
    private const int LargestGrowth = 64;

    private static readonly (string Found, string Put)[] Contractions =
    [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
        (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ];

    /// <summary>Reads the steps as one; spaces between tokens where there is no decoder.</summary>
    public static Func<List<string>, string> Read(TokenizerPart? part)
    {
        if (part is null)
        {
            return static tokens => string.Join(' ', tokens);
        }

        List<TokenJoiner> steps = [];
        Add(part, steps);
        return tokens =>
        {
            long limit = LargestGrowth * (tokens.Sum(token => token.Length + 1L) + 64);
            foreach (TokenJoiner step in steps)
            {
                tokens = step(tokens);
                if (tokens.Sum(token => (long)token.Length) > limit)
                {
                    throw part.Invalid($"makes a text longer than {LargestGrowth} times its tokens");
                }
            }

            return string.Concat(tokens);
        };
    }

    /// <summary>Makes BERT's: a space before each word.</summary>
    public static TokenJoiner WordPiece(string prefix, bool cleans) => tokens =>
    {
        List<string> texts = new(tokens.Count);
        for (int i = 0; i < tokens.Count; i++)
        {
            string text = i == 0 ? tokens[i]
                : tokens[i].StartsWith(prefix, StringComparison.Ordinal) ? tokens[i][prefix.Length..]
                : $" {tokens[i]}";
            texts.Add(cleans ? Contractions.Aggregate(text, (kept, pair) => kept.Replace(pair.Found, pair.Put, StringComparison.Ordinal)) : text);
        }

        return texts;
    };

    private static void Add(TokenizerPart part, List<TokenJoiner> steps)
    {
        switch (part.Type)
        {
            case "Sequence":
                part.Expect("decoders");
                foreach (TokenizerPart inner in part.Parts("decoders"))
                {
                    Add(inner, steps);
                }

                break;
            case "ByteLevel":
                part.Expect("add_prefix_space", "trim_offsets", "use_regex");
                steps.Add(JoinBytes);
                break;
            case "ByteFallback":
                part.Expect();
                steps.Add(JoinFallbackBytes);
                break;
            case "Fuse":
                part.Expect();
                steps.Add(static tokens => [string.Concat(tokens)]);
                break;
            case "Replace":
                Func<string, string> change = Normalizers.Replacement(part);
                steps.Add(tokens => tokens.ConvertAll(token => change(token)));
                break;
            case "Strip":
                part.Expect("content", "start", "stop");
                Rune stripped = part.Character("content", ' ');
                int start = part.Number("start", 0);
                int stop = part.Number("stop", 0);
                steps.Add(tokens => tokens.ConvertAll(token => Strip(token, stripped.ToString(), start, stop)));
                break;
            case "Metaspace":
                part.Expect("replacement", "prepend_scheme", "add_prefix_space", "split", "str_rep");
                string mark = part.Character("replacement", '\u2581').ToString();
                bool dropsFirst = PreTokenizers.MetaspaceScheme(part) is not "never";
                steps.Add(tokens => [.. tokens.Select((token, i) => token.Replace(mark, i == 0 && dropsFirst ? string.Empty : " ", StringComparison.Ordinal))]);
                break;
            case "WordPiece":
                part.Expect("prefix", "cleanup");
                steps.Add(WordPiece(part.OptionalText("prefix") ?? "##", part.Flag("cleanup", otherwise: true)));
                break;
            case "BPEDecoder":
                part.Expect("suffix");
                string suffix = part.OptionalText("suffix") is { Length: > 0 } text ? text : "</w>";
                steps.Add(tokens => [.. tokens.Select((token, i) => token.Replace(suffix, i == tokens.Count - 1 ? string.Empty : " ", StringComparison.Ordinal))]);
                break;
            default:
                throw part.Unsupported("is a decoder");
        }
    }

    private static List<string> JoinBytes(List<string> tokens)
    {
        List<byte> bytes = [];
        foreach (string token in tokens)
        {
            ByteLetters.AddBytes(token, bytes);
        }

        return [Encoding.UTF8.GetString([.. bytes])];
    }

    // Bytes in a row are a text, or a U+FFFD each where they are not all UTF-8.
    private static List<string> JoinFallbackBytes(List<string> tokens)
    {
        List<string> texts = new(tokens.Count);
        List<byte> bytes = [];
        foreach (string token in tokens)
        {
            if (token is ['<', '0', 'x', _, _, '>'] && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
            {
                bytes.Add(value);
                continue;
            }

            Flush();
            texts.Add(token);
        }

        Flush();
        return texts;

        void Flush()
        {
            // Not even an empty text where there are none: the next step may treat the first text its own way.
            if (bytes.Count == 0)
            {
                return;
            }

            ReadOnlySpan<byte> waiting = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes);
            texts.Add(System.Text.Unicode.Utf8.IsValid(waiting) ? Encoding.UTF8.GetString(waiting) : new string('\uFFFD', waiting.Length));
            bytes.Clear();
        }
    }

    private static string Strip(string token, string stripped, int start, int stop)
    {
        ReadOnlySpan<char> kept = token;
        for (int i = 0; i < start && kept.StartsWith(stripped, StringComparison.Ordinal); i++)
        {
            kept = kept[stripped.Length..];
        }

        for (int i = 0; i < stop && kept.EndsWith(stripped, StringComparison.Ordinal); i++)
        {
            kept = kept[..^stripped.Length];
        }

        return kept.ToString();
    }
}
