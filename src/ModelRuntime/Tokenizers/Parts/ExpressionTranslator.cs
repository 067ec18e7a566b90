using System.Globalization;
using System.Text;

namespace ModelRuntime.Tokenizers.Parts;

/// <summary>Translates an expression of a tokenizer, in Oniguruma's syntax, to one that means the same in .NET, or refuses it by name.</summary>
/// <remarks>
/// Differences: possessive quantifiers become atomic groups, an interval takes no possessive plus, <c>{,n}</c> begins at 0, <c>^</c> and <c>$</c> are of lines, <c>\w</c> has all marks, and
/// a bracket or <c>&amp;&amp;</c> inside a class would be a set operation. What is not known here is not passed on: it could mean something else.
/// </remarks>
internal sealed partial class ExpressionTranslator(string expression, TokenizerPart part)
{
    private const int LargestRepeat = 1000;

    private readonly StringBuilder _result = new();
    private readonly Stack<(int Start, bool IgnoresCase)> _groups = new();
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
                    if (!_groups.TryPop(out (int Start, bool IgnoresCase) group))
                    {
                        throw Invalid("has a ')' without '('");
                    }

                    atom = group.Start;
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
        int start = _result.Length;
        bool ignoredCase = _groups.TryPeek(out (int Start, bool IgnoresCase) outer) && outer.IgnoresCase;
        if (!Takes("?"))
        {
            _result.Append("(?:");
            _groups.Push((start, ignoredCase));
            return;
        }

        foreach (string kind in (ReadOnlySpan<string>)[":", "i:", "=", "!", "<=", "<!", ">"])
        {
            if (Takes(kind))
            {
                _result.Append("(?").Append(kind);
                _groups.Push((start, ignoredCase || kind[0] == 'i'));
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

            RefuseRepeatedAtomic(atom);
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

    // .NET 10 takes (?>a+){2,} for a{2,}, which matches where the former does not.
    private void RefuseRepeatedAtomic(int atom)
    {
        while (atom + 3 < _result.Length && _result[atom] == '(' && _result[atom + 1] == '?' && (_result[atom + 2] is ':' or '>'))
        {
            if (_result[atom + 2] == '>')
            {
                throw Unsupported("a repetition of what gives nothing back");
            }

            atom += 3;
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
