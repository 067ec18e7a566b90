using System.Buffers;
using System.Globalization;
using System.Text;

namespace ModelRuntime.Tokenizers.Parts;

/// <summary>Translates an expression of a tokenizer, in Oniguruma's syntax, to one that means the same in .NET, or refuses it by name.</summary>
/// <remarks>
/// Differences: possessive quantifiers become atomic groups, an interval takes no possessive plus, <c>{,n}</c> begins at 0, <c>^</c> and <c>$</c> are of lines, <c>\w</c> has all marks, and
/// a bracket or <c>&amp;&amp;</c> inside a class would be a set operation. What is not known here is not passed on: it could mean something else.
/// </remarks>
internal sealed class ExpressionTranslator(string expression, TokenizerPart part)
{
    private const string WordClass = @"\p{L}\p{M}\p{Nd}\p{Pc}";
    private const int LargestRepeat = 1000;

    private static readonly SearchValues<string> Categories = SearchValues.Create(
        ["L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "Z", "Zs", "Zl", "Zp", "C", "Cc", "Cf", "Co", "Cn",
         "P", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "S", "Sm", "Sc", "Sk", "So"],
        StringComparison.Ordinal);

    private readonly StringBuilder _result = new();
    private readonly Stack<int> _groups = new();
    private int _position;

    /// <summary>Returns the expression in .NET's syntax.</summary>
    public string Translate()
    {
        while (_position < expression.Length)
        {
            // Where the last atom begins: a possessive quantifier wraps it.
            int atom = _result.Length;
            char unit = Next();
            switch (unit)
            {
                case '(':
                    OpenGroup();
                    continue;
                case ')':
                    if (!_groups.TryPop(out atom))
                    {
                        throw Invalid("has a ')' without '('");
                    }

                    _result.Append(')');
                    break;
                case '|':
                    _result.Append('|');
                    continue;
                case '^':
                    _result.Append(@"(?:\A|(?<=\n)(?!\z))");
                    continue;
                case '$':
                    _result.Append(@"(?=\n|\z)");
                    continue;
                case '.':
                    _result.Append('.');
                    break;
                case '[':
                    ReadClass();
                    break;
                case '\\':
                    if (ReadEscape(isInClass: false) is { } literal)
                    {
                        AppendLiteral(literal);
                    }

                    break;
                case '*' or '+' or '?':
                    throw Invalid($"repeats nothing at character {_position}");
                default:
                    AppendLiteral(unit);
                    break;
            }

            ReadQuantifier(atom);
        }

        return _groups.Count == 0 ? _result.ToString() : throw Invalid("has a '(' without ')'");
    }

    private char Next() => _position < expression.Length ? expression[_position++] : throw Invalid("ends too early");

    private bool Takes(string text)
    {
        bool isThere = string.CompareOrdinal(expression, _position, text, 0, text.Length) == 0;
        _position += isThere ? text.Length : 0;
        return isThere;
    }

    private void OpenGroup()
    {
        _groups.Push(_result.Length);
        if (!Takes("?"))
        {
            _result.Append("(?:");
            return;
        }

        foreach (string kind in (ReadOnlySpan<string>)[":", "i:", "=", "!", "<=", "<!", ">"])
        {
            if (Takes(kind))
            {
                _result.Append("(?").Append(kind);
                return;
            }
        }

        throw Unsupported(_position < expression.Length ? $"(?{expression[_position]}" : "(?");
    }

    private void ReadQuantifier(int atom)
    {
        while (_position < expression.Length && expression[_position] is '*' or '+' or '?' or '{')
        {
            bool isInterval = expression[_position] == '{';
            string? quantifier = isInterval ? TryReadInterval() : Next().ToString();
            if (quantifier is null)
            {
                return;
            }

            if (Takes("?"))
            {
                _result.Append(quantifier).Append('?');
            }
            else if (!isInterval && Takes("+"))
            {
                _result.Insert(atom, "(?>").Append(quantifier).Append(')');
            }
            else
            {
                _result.Append(quantifier);
            }

            // A quantifier of what is quantified: in a group, or .NET would read the two as one.
            if (_position < expression.Length && expression[_position] is '*' or '+' or '?' or '{')
            {
                _result.Insert(atom, "(?:").Append(')');
            }
        }
    }

    // {n}, {n,}, {n,m} and {,m}; other braces are themselves.
    private string? TryReadInterval()
    {
        int end = expression.IndexOf('}', _position);
        string[] ends = end < 0 ? [] : expression[(_position + 1)..end].Split(',');
        if (ends.Length is 0 or > 2 || !Array.TrueForAll(ends, digits => digits.All(char.IsAsciiDigit)) || Array.TrueForAll(ends, string.IsNullOrEmpty))
        {
            return null;
        }

        foreach (string digits in ends)
        {
            if (digits.Length > 4 || (digits.Length > 0 && int.Parse(digits, CultureInfo.InvariantCulture) > LargestRepeat))
            {
                throw Invalid($"repeats {digits} times; at most {LargestRepeat} are read");
            }
        }

        _position = end + 1;
        if (ends.Length == 1)
        {
            // Oniguruma reads {n}? as zero or n times, others as n times lazily.
            return Takes("?") ? throw Unsupported($"{{{ends[0]}}}?") : $"{{{ends[0]}}}";
        }

        return $"{{{(ends[0].Length == 0 ? "0" : ends[0])},{ends[1]}}}";
    }

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
                _result.Append(isInClass ? WordClass : $"[{WordClass}]");
                return null;
            case 'W' when !isInClass:
                _result.Append($"[^{WordClass}]");
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

    private void AppendLiteral(int unit)
    {
        if (char.IsSurrogate((char)unit))
        {
            throw Unsupported("a character beyond U+FFFF");
        }

        AppendMember(unit);
    }

    // Letters and digits mean themselves on both sides; of the rest, the number means the character everywhere.
    private void AppendMember(int unit) => _ = char.IsAsciiLetterOrDigit((char)unit)
        ? _result.Append((char)unit)
        : _result.Append(CultureInfo.InvariantCulture, $@"\u{unit:X4}");

    private RuntimeException Invalid(string what) => part.Invalid($"has an expression '{expression}' that {what}");

    private RuntimeException Unsupported(string what) => part.Unsupported($"has an expression '{expression}' with {what}");
}
