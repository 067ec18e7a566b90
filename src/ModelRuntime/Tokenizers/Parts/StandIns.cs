using System.Globalization;
using System.Text;
using ModelRuntime.Tokenizers.Unicode;

namespace ModelRuntime.Tokenizers.Parts;

/// <summary>Lets expressions see characters beyond U+FFFF as one each.</summary>
/// <remarks>
/// .NET's expressions see two halves there, which are no letters and no digits. Each such character is replaced, for the expression only, by a rare one of its category.
/// </remarks>
internal static class StandIns
{
    private const char CircledLetter = '\u24B6';

    // By UnicodeCategory; a surrogate never comes alone, and spaces, separators and controls are all below U+FFFF.
    private static readonly char[] ByCategory =
    [
        '\u2C2E', '\u2C5E', '\u1FFC', '\uA015', '\uA000', '\u302D', '\u0F3E', '\u20E4', '\uA620', '\u2180', '\u2474',
        '\u2003', '\u2028', '\u2029', '\u0001', '\uFFF9', '\0', '\uE000', '\uFE33', '\u2E1A', '\u2E28', '\u2E29', '\u2E02', '\u2E03', '\u2E00',
        '\u2A00', '\u20A0', '\uA700', '\u2800', '\u0378',
    ];

    /// <summary>Gets the stand-in of a character beyond U+FFFF.</summary>
    public static char Of(Rune rune) => Characters.IsCircledLetter(rune) ? CircledLetter : ByCategory[(int)Rune.GetUnicodeCategory(rune)];

    /// <summary>Gets the stand-in of a category.</summary>
    public static char Of(UnicodeCategory category) => ByCategory[(int)category];

    /// <summary>Returns whether a range of characters has a stand-in.</summary>
    public static bool Any(int first, int last) => Array.Exists(ByCategory, unit => unit >= 0x80 && unit >= first && unit <= last && unit is not ('\u2003' or '\u2028' or '\u2029'));

    /// <summary>Returns a text of one unit a character, and where each began; no starts for a text that is so already.</summary>
    public static (string Units, int[]? Starts) Replace(string text)
    {
        if (text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
        {
            return (text, null);
        }

        StringBuilder units = new(text.Length);
        List<int> starts = new(text.Length);
        int start = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            units.Append(rune.IsBmp ? (char)rune.Value : Of(rune));
            starts.Add(start);
            start += rune.Utf16SequenceLength;
        }

        starts.Add(start);
        return (units.ToString(), [.. starts]);
    }
}
