using System.Buffers;
using System.Globalization;

namespace ModelRuntime.Tokenizers.Parts;

/// <content>Classes of characters and escapes.</content>
internal sealed partial class ExpressionTranslator
{
    // What Oniguruma has in \w: all that is alphabetic, marks, digits, connectors. Alone, but not in a class, it takes the fractions and powers of Latin-1 too.
    private const string WordClass = @"\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\u24B6-\u24E9";
    private const string LoneWordClass = WordClass + @"\u00B2\u00B3\u00B9\u00BC-\u00BE";

    private static readonly SearchValues<string> Categories = SearchValues.Create(
        ["L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "Z", "Zs", "Zl", "Zp", "C", "Cc", "Cf", "Co", "Cn",
         "P", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "S", "Sm", "Sc", "Sk", "So"],
        StringComparison.Ordinal);

    private void ReadClass()
    {
        _result.Append('[');
        if (Takes("^"))
        {
            _result.Append('^');
        }

        bool isFirst = true;
        while (true)
        {
            int? first = ReadMember(isFirst, out bool isEnd);
            if (isEnd)
            {
                _result.Append(']');
                return;
            }

            isFirst = false;
            if (first is not { } low)
            {
                continue;
            }

            // A hyphen before the end is itself.
            if (_position + 1 >= expression.Length || expression[_position] != '-' || expression[_position + 1] == ']')
            {
                AppendMember(low);
                continue;
            }

            _position++;
            int high = ReadMember(isFirst: false, out _) ?? throw Unsupported("a range that ends in a class");
            if (high < low || StandIns.Any(low, high))
            {
                throw high < low ? Invalid($"has a range from U+{low:X4} to U+{high:X4}") : Unsupported($"a range from U+{low:X4} to U+{high:X4}");
            }

            AppendMember(low);
            _result.Append('-');
            AppendMember(high);
        }
    }

    private int? ReadMember(bool isFirst, out bool isEnd)
    {
        char unit = Next();
        isEnd = unit == ']' && !isFirst;
        if (isEnd)
        {
            return null;
        }

        if (unit == '[' || (unit == '&' && _position < expression.Length && expression[_position] == '&'))
        {
            throw Unsupported("a set within a class");
        }

        if (char.IsSurrogate(unit))
        {
            throw Unsupported("a character beyond U+FFFF");
        }

        return unit == '\\' ? ReadEscape(isInClass: true) : unit;
    }

    // Returns the character that the escape is, or null after it has written a class.
    private int? ReadEscape(bool isInClass)
    {
        char unit = Next();
        switch (unit)
        {
            case 's' or 'S' or 'd' or 'D':
                _result.Append('\\').Append(unit);
                return null;
            case 'w':
                _result.Append(isInClass ? WordClass : $"[{LoneWordClass}]");
                return null;
            case 'W' when !isInClass:
                _result.Append($"[^{LoneWordClass}]");
                return null;
            case 'p' or 'P':
                ReadCategory(isNegated: unit == 'P');
                return null;
            case 'A' or 'z' or 'Z' when !isInClass:
                _result.Append('\\').Append(unit);
                return null;
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'f':
                return '\f';
            case 'v':
                return '\v';
            case 'u':
                return ReadNumber(4);
            case 'x' when Takes("{"):
                int end = expression.IndexOf('}', _position);
                int value = ReadNumber(end < 0 ? 0 : end - _position);
                _position++;
                return value;
            case 'x':
                return ReadNumber(2);
            default:
                return char.IsAsciiLetterOrDigit(unit) || char.IsSurrogate(unit) ? throw Unsupported($@"\{unit}") : unit;
        }
    }

    private void ReadCategory(bool isNegated)
    {
        int end = expression.IndexOf('}', _position);
        if (!Takes("{") || end < 0)
        {
            throw Invalid(@"has a \p without {...}");
        }

        isNegated ^= Takes("^");
        string category = expression[_position..end];
        _position = end + 1;
        if (!Categories.Contains(category))
        {
            throw Unsupported($@"\p{{{category}}}");
        }

        // Without regard to case, .NET takes a for \p{Lu} and Oniguruma does not.
        if (category is "Lu" or "Ll" or "Lt" && _groups.TryPeek(out (int Start, bool IgnoresCase) group) && group.IgnoresCase)
        {
            throw Unsupported($@"\p{{{category}}} in (?i:");
        }

        _result.Append(isNegated ? @"\P{" : @"\p{").Append(category).Append('}');
    }

    private int ReadNumber(int digits)
    {
        ReadOnlySpan<char> text = expression.AsSpan(_position, Math.Min(digits, expression.Length - _position));
        if (digits is < 1 or > 6 || text.Length < digits || !int.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int number))
        {
            throw Invalid($"has no number at character {_position}");
        }

        _position += digits;
        return number is > 0xFFFF or (>= 0xD800 and < 0xE000) ? throw Unsupported("a character beyond U+FFFF") : number;
    }
}
