using System.Text;

namespace RunKit.Reports;

/// <summary>Text that stays text in XML and HTML, whatever it holds.</summary>
internal static class XmlText
{
    private const char Replacement = '\uFFFD';

    public static string Escape(string text)
    {
        StringBuilder escaped = new(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            _ = c switch
            {
                '<' => escaped.Append("&lt;"),
                '>' => escaped.Append("&gt;"),
                '&' => escaped.Append("&amp;"),
                '"' => escaped.Append("&quot;"),
                '\'' => escaped.Append("&#39;"),
                _ when char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]) => escaped.Append(c).Append(text[++i]),
                _ => escaped.Append(IsAllowed(c) ? c : Replacement),
            };
        }

        return escaped.ToString();
    }

    /// <summary>Cuts a text to a number of characters, the last of them an ellipsis; a pair of surrogates is not torn.</summary>
    public static string Shorten(string text, int length)
    {
        if (text.Length <= length)
        {
            return text;
        }

        int end = char.IsHighSurrogate(text[length - 2]) ? length - 2 : length - 1;
        return $"{text[..end]}…";
    }

    // The characters of XML 1.0: no other can be written, not even escaped.
    private static bool IsAllowed(char c) => c is '\t' or '\n' or '\r' or (>= ' ' and <= '\uD7FF') or (>= '\uE000' and <= Replacement);
}
