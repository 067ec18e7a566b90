using System.Globalization;

namespace ModelAggregation.Merging.Recipes;

/// <summary>What an unquoted YAML scalar means.</summary>
/// <remarks>
/// Words as YAML 1.1 has them (mergekit reads with PyYAML), numbers as YAML 1.2: <c>1e-3</c> is a number, as in mergekit's model of a
/// recipe although not in PyYAML itself.
/// </remarks>
internal static class ScalarSyntax
{
    private static readonly string[] TrueWords = ["true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"];
    private static readonly string[] FalseWords = ["false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"];
    private static readonly string[] NullWords = ["", "~", "null", "Null", "NULL"];

    /// <summary>Returns whether the scalar means no value.</summary>
    public static bool IsNull(string text) => Array.IndexOf(NullWords, text) >= 0;

    /// <summary>Reads a scalar that is not null.</summary>
    public static ParameterScalar Parse(string text)
    {
        if (Array.IndexOf(TrueWords, text) >= 0)
        {
            return true;
        }

        if (Array.IndexOf(FalseWords, text) >= 0)
        {
            return false;
        }

        return TryParseNumber(text, out double number) ? number : text;
    }

    private static bool TryParseNumber(string text, out double number)
    {
        ReadOnlySpan<char> digits = text.AsSpan().TrimStart("+-");
        number = 0;
        if (text.Length - digits.Length > 1 || digits.IsEmpty)
        {
            return false;
        }

        if (digits is ".inf" or ".Inf" or ".INF")
        {
            number = text[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
            return true;
        }

        if (text is ".nan" or ".NaN" or ".NAN")
        {
            number = double.NaN;
            return true;
        }

        // The grammar of double.Parse without signs is YAML's, except for words such as "Infinity".
        return (char.IsAsciiDigit(digits[0]) || digits[0] == '.')
            && double.TryParse(
                text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out number);
    }
}
