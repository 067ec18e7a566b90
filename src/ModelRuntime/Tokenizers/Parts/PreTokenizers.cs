using System.Text;
using System.Text.RegularExpressions;
using ModelRuntime.Tokenizers.Unicode;

namespace ModelRuntime.Tokenizers.Parts;

/// <summary>Cuts a piece into smaller ones, or changes it.</summary>
internal delegate void PreTokenizer(Piece piece, List<Piece> pieces);

/// <summary>Reads the <c>pre_tokenizer</c> of a <c>tokenizer.json</c>: how the text is cut before the model makes tokens.</summary>
internal static class PreTokenizers
{
    // GPT-2's, in .NET's syntax; compiled once, and only where one of a file's parts needs it.
    private static readonly Lazy<Regex> ByteLevelExpression = new(() => TextPatterns.Compile(@"'(?:s|t|re|ve|m|ll|d)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"));
    private static readonly Lazy<Regex> WordExpression = new(() => TextPatterns.Compile(
        @"[\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\u200C\u200D\u24B6-\u24E9]+|[^\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\u200C\u200D\u24B6-\u24E9\s]+"));

    /// <summary>Reads the steps; none where there is no pre-tokenizer.</summary>
    public static List<PreTokenizer> Read(TokenizerPart? part)
    {
        List<PreTokenizer> steps = [];
        bool spellsBytes = false;
        if (part is not null)
        {
            Add(part, steps, ref spellsBytes);
        }

        return steps;
    }

    /// <summary>Makes BERT's: white space goes, and each punctuation mark is a piece.</summary>
    public static List<PreTokenizer> Bert() => [Split(TextPatterns.Each(Rune.IsWhiteSpace), SplitBehavior.Removed), Split(TextPatterns.Each(Characters.IsPunctuation), SplitBehavior.Isolated)];

    private static void Add(TokenizerPart part, List<PreTokenizer> steps, ref bool spellsBytes)
    {
        switch (part.Type)
        {
            case "Sequence":
                part.Expect("pretokenizers");
                foreach (TokenizerPart inner in part.Parts("pretokenizers"))
                {
                    Add(inner, steps, ref spellsBytes);
                }

                break;
            case "ByteLevel":
                AddByteLevel(part, steps, ref spellsBytes);
                break;
            case "Split":
                part.Expect("pattern", "behavior", "invert");
                steps.Add(Split(TextPatterns.Read(part), Behavior(part, "behavior"), part.Flag("invert")));
                break;
            case "Metaspace":
                part.Expect("replacement", "prepend_scheme", "add_prefix_space", "split", "str_rep");
                steps.Add(Metaspace(part));
                break;
            case "BertPreTokenizer":
                part.Expect();
                steps.AddRange(Bert());
                break;
            case "Whitespace":
                part.Expect();
                steps.Add(Split(TextPatterns.Matching(WordExpression, part), SplitBehavior.Removed, isInverted: true));
                break;
            case "WhitespaceSplit":
                part.Expect();
                steps.Add(Split(TextPatterns.Each(Rune.IsWhiteSpace), SplitBehavior.Removed));
                break;
            case "CharDelimiterSplit":
                part.Expect("delimiter");
                Rune delimiter = part.Character("delimiter", ' ');
                steps.Add(Split(TextPatterns.Each(rune => rune == delimiter), SplitBehavior.Removed));
                break;
            case "Punctuation":
                part.Expect("behavior");
                steps.Add(Split(TextPatterns.Each(Characters.IsPunctuation), part.OptionalText("behavior") is null ? SplitBehavior.Isolated : Behavior(part, "behavior")));
                break;
            case "Digits":
                part.Expect("individual_digits");
                steps.Add(Split(TextPatterns.Each(Characters.IsNumber), part.Flag("individual_digits") ? SplitBehavior.Isolated : SplitBehavior.Contiguous));
                break;
            default:
                throw part.Unsupported("is a pre-tokenizer");
        }
    }

    private static PreTokenizer Split(TextPattern pattern, SplitBehavior behavior, bool isInverted = false) =>
        (piece, pieces) => TextSplits.Add(piece, pattern, behavior, isInverted, pieces);

    private static SplitBehavior Behavior(TokenizerPart part, string key) => part.Text(key) switch
    {
        "Removed" => SplitBehavior.Removed,
        "Isolated" => SplitBehavior.Isolated,
        "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
        "MergedWithNext" => SplitBehavior.MergedWithNext,
        "Contiguous" => SplitBehavior.Contiguous,
        var other => throw part.Unsupported($"has the behavior '{other}'"),
    };

    private static void AddByteLevel(TokenizerPart part, List<PreTokenizer> steps, ref bool spellsBytes)
    {
        part.Expect("add_prefix_space", "trim_offsets", "use_regex");
        if (spellsBytes)
        {
            throw part.Unsupported("spells bytes in letters a second time");
        }

        spellsBytes = true;
        if (part.Flag("add_prefix_space", otherwise: true))
        {
            steps.Add(static (piece, pieces) => pieces.Add(piece.Text.StartsWith(' ') ? piece : piece with { Text = $" {piece.Text}" }));
        }

        if (part.Flag("use_regex", otherwise: true))
        {
            steps.Add(Split(TextPatterns.Matching(ByteLevelExpression, part), SplitBehavior.Isolated));
        }

        steps.Add(static (piece, pieces) => pieces.Add(piece with { Text = ByteLetters.Spell(piece.Text) }));
    }

    private static PreTokenizer Metaspace(TokenizerPart part)
    {
        string mark = part.Character("replacement", '\u2581').ToString();
        string scheme = MetaspaceScheme(part);
        TextPattern? pattern = part.Flag("split", otherwise: true) ? TextPatterns.Literal(mark) : null;
        return (piece, pieces) =>
        {
            string text = piece.Text.Replace(" ", mark, StringComparison.Ordinal);
            bool isMarked = scheme switch
            {
                "always" => true,
                "first" => piece.IsFirst,
                _ => false,
            };
            piece = piece with { Text = isMarked && !text.StartsWith(mark, StringComparison.Ordinal) ? mark + text : text };
            if (pattern is null)
            {
                pieces.Add(piece);
            }
            else
            {
                TextSplits.Add(piece, pattern, SplitBehavior.MergedWithNext, isInverted: false, pieces);
            }
        };
    }

    /// <summary>Reads when a space is put before the text, from either of the two ways that files say it.</summary>
    public static string MetaspaceScheme(TokenizerPart part) => (part.OptionalText("prepend_scheme"), part.OptionalFlag("add_prefix_space")) switch
    {
        (null, false) => "never",
        (null, _) => "always",
        (("always" or "first" or "never") and var scheme, _) => scheme,
        (var other, _) => throw part.Invalid($"has the 'prepend_scheme' '{other}'; always, first and never are read"),
    };
}
