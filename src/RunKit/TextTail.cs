using System.Text;

namespace RunKit;

/// <summary>The last characters of a text of any length. Safe to use from several threads.</summary>
internal sealed class TextTail(int length)
{
    private readonly Lock _gate = new();
    private readonly StringBuilder _text = new();

    public void Append(ReadOnlySpan<char> text)
    {
        lock (_gate)
        {
            _text.Append(text);
            if (_text.Length > length)
            {
                _text.Remove(0, _text.Length - length);
            }
        }
    }

    public override string ToString()
    {
        lock (_gate)
        {
            return _text.ToString();
        }
    }
}
