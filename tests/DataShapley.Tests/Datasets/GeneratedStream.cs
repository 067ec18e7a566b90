using System.Text;

namespace DataShapley.Tests.Datasets;

/// <summary>A stream that is made as it is read, one text a read: none of it is held.</summary>
internal sealed class GeneratedStream(IEnumerable<string> texts) : Stream
{
    private readonly IEnumerator<string> _texts = texts.GetEnumerator();
    private ReadOnlyMemory<byte> _rest;

    public long Given { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        while (_rest.IsEmpty)
        {
            if (!_texts.MoveNext())
            {
                return 0;
            }

            _rest = Encoding.Latin1.GetBytes(_texts.Current);
        }

        int given = Math.Min(count, _rest.Length);
        _rest.Span[..given].CopyTo(buffer.AsSpan(offset));
        _rest = _rest[given..];
        Given += given;
        return given;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _texts.Dispose();
        base.Dispose(disposing);
    }
}
