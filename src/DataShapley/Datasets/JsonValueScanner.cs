using System.Buffers;

namespace DataShapley.Datasets;

/// <summary>Finds where a JSON value ends by its brackets and quotes alone, in as many pieces as it comes in. Whether it is JSON is not asked.</summary>
internal struct JsonValueScanner
{
    private static readonly SearchValues<byte> Inside = SearchValues.Create("\"{}[]"u8);
    private static readonly SearchValues<byte> Outside = SearchValues.Create("\"{}[], \t\r\n"u8);

    private int _position;
    private int _depth;
    private bool _isText;

    /// <summary>Looks on for the end.</summary>
    /// <param name="data">The value from its first byte, as far as it is known: no less than in the call before.</param>
    /// <param name="end">The number of bytes of the value.</param>
    /// <returns>False when the end is not in these bytes.</returns>
    public bool TryFindEnd(ReadOnlySpan<byte> data, out int end)
    {
        end = 0;
        while (_position < data.Length)
        {
            int next = _isText ? data[_position..].IndexOfAny((byte)'"', (byte)'\\') : data[_position..].IndexOfAny(_depth > 0 ? Inside : Outside);
            if (next < 0)
            {
                _position = data.Length;
                return false;
            }

            _position += next;
            byte found = data[_position];
            if (_isText && found == '\\')
            {
                if (_position + 1 == data.Length)
                {
                    // The escaped byte is yet to come.
                    return false;
                }

                _position += 2;
                continue;
            }

            if (found == '"')
            {
                _isText = !_isText;
            }
            else if (found is (byte)'{' or (byte)'[')
            {
                _depth++;
            }
            else if (_depth == 0)
            {
                // What ends a number or a word is not a part of it.
                end = _position;
                return true;
            }
            else
            {
                _depth--;
            }

            _position++;
            if (_depth == 0 && !_isText)
            {
                end = _position;
                return true;
            }
        }

        return false;
    }
}
