using System.Globalization;
using System.Text;
using ModelRuntime.Tokenizers.Unicode;

namespace ModelRuntime.Tokenizers.Parts;

/// <summary>Reads the <c>normalizer</c> of a <c>tokenizer.json</c>: changes of the text before it is cut.</summary>
internal static class Normalizers
{
    // What a step may put in, and how much longer a text may get in all: a file must not fill the memory.
    private const int LongestContent = 64;
    private const int LargestGrowth = 64;

    /// <summary>Reads the steps; none where there is no normalizer.</summary>
    public static Func<string, string> Read(TokenizerPart? part)
    {
        List<Func<string, string>> steps = [];
        if (part is not null)
        {
            Add(part, steps);
        }

        return text => Run(steps, text, part);
    }

    /// <summary>Makes BERT's normalizer.</summary>
    public static Func<string, string> Bert(bool cleansText, bool separatesIdeographs, bool stripsAccents, bool lowersCase) => text =>
    {
        text = cleansText ? Characters.Map(text, Clean) : text;
        text = separatesIdeographs ? Characters.Map(text, Separate) : text;
        text = stripsAccents ? Characters.Map(CanonicalForms.Decompose(text), StripAccent) : text;
        return lowersCase ? Characters.ToLower(text) : text;
    };

    private static string Run(List<Func<string, string>> steps, string text, TokenizerPart? part)
    {
        long limit = LargestGrowth * (text.Length + 64L);
        foreach (Func<string, string> step in steps)
        {
            text = step(text);
            if (text.Length > limit)
            {
                throw part!.Invalid($"makes a text longer than {LargestGrowth} times its length");
            }
        }

        return text;
    }

    private static void Add(TokenizerPart part, List<Func<string, string>> steps)
    {
        switch (part.Type)
        {
            case "Sequence":
                part.Expect("normalizers");
                foreach (TokenizerPart inner in part.Parts("normalizers"))
                {
                    Add(inner, steps);
                }

                break;
            case "NFC":
                part.Expect();
                steps.Add(CanonicalForms.Compose);
                break;
            case "NFD":
                part.Expect();
                steps.Add(CanonicalForms.Decompose);
                break;
            case "Lowercase":
                part.Expect();
                steps.Add(Characters.ToLower);
                break;
            case "StripAccents":
                part.Expect();
                steps.Add(static text => Characters.Map(text, static (rune, result) =>
                {
                    if (!Characters.IsMark(rune))
                    {
                        Characters.Append(result, rune);
                    }
                }));
                break;
            case "Strip":
                part.Expect("strip_left", "strip_right");
                bool left = part.Flag("strip_left");
                bool right = part.Flag("strip_right");
                steps.Add(text => (left ? text.TrimStart() : text) is var kept && right ? kept.TrimEnd() : kept);
                break;
            case "Prepend":
                part.Expect("prepend");
                string prefix = Content(part, "prepend");
                steps.Add(text => text.Length == 0 ? text : prefix + text);
                break;
            case "Replace":
                steps.Add(Replacement(part));
                break;
            case "BertNormalizer":
                part.Expect("clean_text", "handle_chinese_chars", "strip_accents", "lowercase");
                bool lowers = part.Flag("lowercase", otherwise: true);
                steps.Add(Bert(
                    part.Flag("clean_text", otherwise: true),
                    part.Flag("handle_chinese_chars", otherwise: true),
                    part.Flag("strip_accents", otherwise: lowers),
                    lowers));
                break;
            default:
                throw part.Unsupported("is a normalizer");
        }
    }

    /// <summary>Makes the change of a <c>Replace</c>, which decoders have too.</summary>
    public static Func<string, string> Replacement(TokenizerPart part)
    {
        part.Expect("pattern", "content");
        TextPattern pattern = TextPatterns.Read(part);
        string content = Content(part, "content");
        return text =>
        {
            List<TextRange> found = pattern(text);
            if (found.Count == 0)
            {
                return text;
            }

            StringBuilder result = new(text.Length);
            int start = 0;
            foreach (TextRange range in found)
            {
                result.Append(text, start, range.Start - start).Append(content);
                start = range.End;
            }

            return result.Append(text, start, text.Length - start).ToString();
        };
    }

    private static string Content(TokenizerPart part, string key) => part.Text(key) is { Length: <= LongestContent } content
        ? content
        : throw part.Invalid($"has a '{key}' of more than {LongestContent} characters");

    private static void Clean(Rune rune, StringBuilder result)
    {
        if (rune.Value is 0 or 0xFFFD || Characters.IsControl(rune))
        {
            return;
        }

        if (Rune.IsWhiteSpace(rune))
        {
            result.Append(' ');
        }
        else
        {
            Characters.Append(result, rune);
        }
    }

    private static void Separate(Rune rune, StringBuilder result)
    {
        bool isAlone = Characters.IsIdeograph(rune);
        result.Append(isAlone ? " " : string.Empty);
        Characters.Append(result, rune);
        result.Append(isAlone ? " " : string.Empty);
    }

    private static void StripAccent(Rune rune, StringBuilder result)
    {
        if (Rune.GetUnicodeCategory(rune) != UnicodeCategory.NonSpacingMark)
        {
            Characters.Append(result, rune);
        }
    }
}
