using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace DataShapley.Refinement;

/// <summary>Reads literals of Python, as NumPy's headers and the intermediate files of SHED's code have them: strings, numbers, True, False, None, lists, tuples, dictionaries. Nothing is evaluated.</summary>
internal ref struct PythonLiteral
{
    private const int DeepestNesting = 64;

    private static readonly SearchValues<char> WordEnds = SearchValues.Create(",:}]) \t\r\n");
    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("+-.0123456789eE");

    private readonly ReadOnlySpan<char> _text;
    private int _position;

    private PythonLiteral(ReadOnlySpan<char> text) => _text = text;

    /// <summary>Reads a literal.</summary>
    /// <param name="text">The literal, with white space around it.</param>
    /// <param name="value">The literal: lists and tuples are arrays, dictionaries are objects whose last of equal keys counts, None is null.</param>
    /// <param name="offset">The character at fault.</param>
    /// <returns>False when the text is no such literal.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out JsonNode? value, out int offset)
    {
        PythonLiteral reader = new(text);
        bool isRead = reader.TryRead(out value, 0);
        reader.SkipSpace();
        offset = reader._position;
        return isRead && reader._position == text.Length;
    }

    private bool TryRead(out JsonNode? value, int depth)
    {
        value = null;
        SkipSpace();
        if (_position == _text.Length || depth > DeepestNesting)
        {
            return false;
        }

        switch (_text[_position])
        {
            case '{':
                return TryReadDictionary(out value, depth);
            case '[':
                return TryReadList(']', out value, depth);
            case '(':
                return TryReadList(')', out value, depth);
            case '\'' or '"':
                bool isText = TryReadText(out string? text);
                value = isText ? JsonValue.Create(text) : null;
                return isText;
            default:
                return TryReadWord(out value);
        }
    }

    private bool TryReadDictionary(out JsonNode? value, int depth)
    {
        JsonObject result = [];
        value = result;
        _position++;
        while (true)
        {
            SkipSpace();
            if (Take('}'))
            {
                return true;
            }

            if (_position == _text.Length || _text[_position] is not ('\'' or '"') || !TryReadText(out string? key))
            {
                return false;
            }

            SkipSpace();
            if (!Take(':') || !TryRead(out JsonNode? item, depth + 1))
            {
                return false;
            }

            result[key!] = item;
            SkipSpace();
            if (!Take(',') && !Sees('}'))
            {
                return false;
            }
        }
    }

    private bool TryReadList(char end, out JsonNode? value, int depth)
    {
        JsonArray result = [];
        value = result;
        _position++;
        while (true)
        {
            SkipSpace();
            if (Take(end))
            {
                return true;
            }

            if (!TryRead(out JsonNode? item, depth + 1))
            {
                return false;
            }

            result.Add(item);
            SkipSpace();
            if (!Take(',') && !Sees(end))
            {
                return false;
            }
        }
    }

    private bool TryReadText(out string? value)
    {
        char quote = _text[_position++];
        StringBuilder text = new();
        value = null;
        while (_position < _text.Length)
        {
            char c = _text[_position++];
            if (c == quote)
            {
                value = text.ToString();
                return true;
            }

            if (c is '\n' or '\r' || (c == '\\' && !TryReadEscape(text)))
            {
                return false;
            }

            if (c != '\\')
            {
                text.Append(c);
            }
        }

        return false;
    }

    private bool TryReadEscape(StringBuilder text)
    {
        if (_position == _text.Length)
        {
            return false;
        }

        char c = _text[_position++];
        int digits = c switch
        {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        if (digits > 0)
        {
            if (_position + digits > _text.Length
                || !uint.TryParse(_text.Slice(_position, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint code) || code > 0x10FFFF)
            {
                return false;
            }

            _position += digits;
            text.Append(code <= char.MaxValue ? ((char)code).ToString() : char.ConvertFromUtf32((int)code));
            return true;
        }

        const string Names = "nrtabfv0\\'\"";
        const string Values = "\n\r\t\a\b\f\v\0\\'\"";
        int index = Names.IndexOf(c, StringComparison.Ordinal);
        text.Append(index >= 0 ? Values[index] : c);
        return index >= 0;
    }

    private bool TryReadWord(out JsonNode? value)
    {
        int length = _text[_position..].IndexOfAny(WordEnds);
        ReadOnlySpan<char> word = length < 0 ? _text[_position..] : _text.Slice(_position, length);

        // Python 2 marks its long integers.
        ReadOnlySpan<char> number = word.EndsWith("L") ? word[..^1] : word;
        value = word switch
        {
            "True" => JsonValue.Create(true),
            "False" => JsonValue.Create(false),
            "nan" => JsonValue.Create(double.NaN),
            "inf" => JsonValue.Create(double.PositiveInfinity),
            "-inf" => JsonValue.Create(double.NegativeInfinity),
            _ when long.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long integer) => JsonValue.Create(integer),
            _ when IsNumber(word) && double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double real) => JsonValue.Create(real),
            _ => null,
        };
        bool isRead = value is not null || word is "None";
        _position += isRead ? word.Length : 0;
        return isRead;
    }

    private static bool IsNumber(ReadOnlySpan<char> word) => !word.ContainsAnyExcept(NumberCharacters);

    private void SkipSpace()
    {
        while (_position < _text.Length && _text[_position] is (' ' or '\t' or '\r' or '\n'))
        {
            _position++;
        }
    }

    private readonly bool Sees(char c) => _position < _text.Length && _text[_position] == c;

    private bool Take(char c)
    {
        bool isThere = Sees(c);
        _position += isThere ? 1 : 0;
        return isThere;
    }
}
