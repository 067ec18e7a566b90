using System.Text;
using System.Text.RegularExpressions;

namespace ModelRuntime.Tokenizers.Parts;

/// <summary>Finds parts of a text: in order, none over another.</summary>
internal delegate List<TextRange> TextPattern(string text);

/// <summary>Makes patterns: of a literal, of a class of characters, of an expression.</summary>
internal static class TextPatterns
{
    // An expression from a file may be one that never ends.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Reads a <c>pattern</c>: <c>{"String": ...}</c> or <c>{"Regex": ...}</c>.</summary>
    public static TextPattern Read(TokenizerPart part)
    {
        TokenizerPart pattern = part.Node["pattern"] is System.Text.Json.Nodes.JsonObject node
            ? part.Inner(node)
            : throw part.Invalid("has no object 'pattern'");
        pattern.Expect("String", "Regex");
        return (pattern.OptionalText("String"), pattern.OptionalText("Regex")) switch
        {
            ({ Length: > 0 } literal, null) => Literal(literal),
            (null, { Length: > 0 } expression) => Expression(expression, part),
            _ => throw part.Invalid("has a 'pattern' that is neither a 'String' nor a 'Regex'"),
        };
    }

    /// <summary>Makes the pattern of a text as it stands.</summary>
    public static TextPattern Literal(string literal) => text =>
    {
        List<TextRange> found = [];
        int start = text.IndexOf(literal, StringComparison.Ordinal);
        while (start >= 0)
        {
            found.Add(new TextRange(start, start + literal.Length));
            start = text.IndexOf(literal, start + literal.Length, StringComparison.Ordinal);
        }

        return found;
    };

    /// <summary>Makes the pattern of each single character of a class.</summary>
    public static TextPattern Each(Func<Rune, bool> isFound) => text =>
    {
        List<TextRange> found = [];
        int start = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            int end = start + rune.Utf16SequenceLength;
            if (isFound(rune))
            {
                found.Add(new TextRange(start, end));
            }

            start = end;
        }

        return found;
    };

    /// <summary>Makes the pattern of an expression in Oniguruma's syntax.</summary>
    public static TextPattern Expression(string expression, TokenizerPart part)
    {
        string translated = new ExpressionTranslator(expression, part).Translate();
        try
        {
            return Matching(new Lazy<Regex>(Compile(translated)), part);
        }
        catch (ArgumentException error)
        {
            throw part.Invalid($"has an expression '{expression}' that is none", error);
        }
    }

    /// <summary>Compiles an expression in .NET's syntax over single UTF-16 units.</summary>
    public static Regex Compile(string expression) => new(expression, RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.Compiled, Patience);

    /// <summary>Makes the pattern of a compiled expression.</summary>
    public static TextPattern Matching(Lazy<Regex> regex, TokenizerPart part)
    {
        return text =>
        {
            List<TextRange> found = [];
            (string units, int[]? starts) = StandIns.Replace(text);
            try
            {
                foreach (ValueMatch match in regex.Value.EnumerateMatches(units))
                {
                    int end = match.Index + match.Length;
                    found.Add(starts is null ? new TextRange(match.Index, end) : new TextRange(starts[match.Index], starts[end]));
                }
            }
            catch (RegexMatchTimeoutException error)
            {
                throw part.Invalid($"has an expression that took more than {Patience.TotalSeconds} s for a text of {text.Length} characters", error);
            }

            return found;
        };
    }
}
