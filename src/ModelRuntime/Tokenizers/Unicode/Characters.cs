using System.Globalization;
using System.Text;

namespace ModelRuntime.Tokenizers.Unicode;

/// <summary>Classes of characters as tokenizers mean them, and changes of text that go character by character.</summary>
internal static class Characters
{
    private const int DottedCapitalI = 0x130;

    /// <summary>Returns the text with U+FFFD in place of halves of surrogate pairs, which have no UTF-8.</summary>
    public static string ReplaceLoneSurrogates(string text)
    {
        int first = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF');
        return first < 0 ? text : Map(text, (rune, result) => Append(result, rune));
    }

    /// <summary>Returns the text with each character replaced by what the change appends for it.</summary>
    public static string Map(string text, Action<Rune, StringBuilder> change)
    {
        StringBuilder result = new(text.Length + 8);
        foreach (Rune rune in text.EnumerateRunes())
        {
            change(rune, result);
        }

        return result.ToString();
    }

    /// <summary>Appends a character.</summary>
    public static void Append(StringBuilder text, Rune rune)
    {
        Span<char> units = stackalloc char[2];
        text.Append(units[..rune.EncodeToUtf16(units)]);
    }

    /// <summary>Returns the text in lower case, character by character: no final sigma, no language.</summary>
    public static string ToLower(string text) => Map(text, static (rune, result) =>
    {
        Append(result, rune.Value == DottedCapitalI ? new Rune('i') : Rune.ToLowerInvariant(rune));
        // The one character whose lower case is two.
        if (rune.Value == DottedCapitalI)
        {
            result.Append('\u0307');
        }
    });

    /// <summary>Returns whether a character is punctuation to BERT: every ASCII symbol too.</summary>
    public static bool IsPunctuation(Rune rune) => rune.IsAscii
        ? rune.Value is >= '!' and <= '/' or >= ':' and <= '@' or >= '[' and <= '`' or >= '{' and <= '~'
        : Rune.IsPunctuation(rune);

    /// <summary>Returns whether a character is a number of any kind.</summary>
    public static bool IsNumber(Rune rune) => Rune.IsNumber(rune);

    /// <summary>Returns whether a character is a control to BERT, which cleans them away.</summary>
    public static bool IsControl(Rune rune) => rune.Value is not ('\t' or '\n' or '\r')
        && Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse;

    /// <summary>Returns whether a character is an ideograph, which BERT takes as a word of its own.</summary>
    public static bool IsIdeograph(Rune rune) => rune.Value is >= 0x4E00 and <= 0x9FFF or >= 0x3400 and <= 0x4DBF or >= 0x20000 and <= 0x2A6DF
        or >= 0x2A700 and <= 0x2B73F or >= 0x2B740 and <= 0x2B81F or >= 0x2B920 and <= 0x2CEAF or >= 0xF900 and <= 0xFAFF or >= 0x2F800 and <= 0x2FA1F;

    /// <summary>Returns whether a character is part of a word: a letter, mark, digit or connector.</summary>
    public static bool IsWord(Rune rune) => IsCircledLetter(rune) || rune.Value is 0x200C or 0x200D || Rune.GetUnicodeCategory(rune)
        is <= UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation;

    /// <summary>Returns whether a character is a symbol that Unicode counts among the letters.</summary>
    public static bool IsCircledLetter(Rune rune) => rune.Value is >= 0x24B6 and <= 0x24E9
        or >= 0x1F130 and <= 0x1F149 or >= 0x1F150 and <= 0x1F169 or >= 0x1F170 and <= 0x1F189;

    /// <summary>Returns whether a character is a mark: one that stands over or beside another.</summary>
    public static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;
}
