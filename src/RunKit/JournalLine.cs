using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace RunKit;

/// <summary>
/// The bytes of a journal's lines: <c>{"sum":"16 hex digits","at":index,"record":{...}}</c>. The sum is over what follows it, so a line vouches for
/// its record and for its place, and can be recognised wherever it lies.
/// </summary>
internal static class JournalLine
{
    private const int SumLength = 16;

    private static ReadOnlySpan<byte> Prefix => "{\"sum\":\""u8;

    private static ReadOnlySpan<byte> Middle => "\",\"at\":"u8;

    private static ReadOnlySpan<byte> Last => ",\"record\":"u8;

    /// <summary>Writes a line, with its line break.</summary>
    /// <param name="index">The number of lines before it.</param>
    /// <param name="record">JSON without a line break.</param>
    public static byte[] Format(long index, ReadOnlySpan<byte> record)
    {
        ArrayBufferWriter<byte> body = new();
        body.Write(Encoding.ASCII.GetBytes($"{index}"));
        body.Write(Last);
        body.Write(record);
        body.Write("}"u8);
        return [.. Prefix, .. Sum(body.WrittenSpan), .. Middle, .. body.WrittenSpan, (byte)'\n'];
    }

    /// <summary>Reads a line without its line break.</summary>
    /// <param name="line">The line.</param>
    /// <param name="index">The number of lines before it when it was written.</param>
    /// <param name="record">Its record, as it was written.</param>
    /// <returns>Whether it is a whole line.</returns>
    public static bool TryParse(ReadOnlySpan<byte> line, out long index, out ReadOnlySpan<byte> record)
    {
        index = 0;
        record = default;
        int start = Prefix.Length + SumLength + Middle.Length;
        if (line.Length <= start || !line.StartsWith(Prefix) || !line[(Prefix.Length + SumLength)..].StartsWith(Middle))
        {
            return false;
        }

        ReadOnlySpan<byte> body = line[start..];
        if (!line.Slice(Prefix.Length, SumLength).SequenceEqual(Sum(body)) || !Utf8Parser.TryParse(body, out index, out int digits))
        {
            return false;
        }

        // The sum is right, so this is what was written.
        record = body[(digits + Last.Length)..^1];
        return true;
    }

    /// <summary>Returns whether there is a whole line anywhere, even behind a line break that was damaged.</summary>
    public static bool IsWholeOneIn(ReadOnlySpan<byte> content)
    {
        for (int start = content.IndexOf(Prefix); start >= 0; start = content.IndexOf(Prefix))
        {
            content = content[start..];
            int end = content.IndexOf((byte)'\n');
            if (end >= 0 && TryParse(content[..end], out _, out _))
            {
                return true;
            }

            content = content[Prefix.Length..];
        }

        return false;
    }

    private static byte[] Sum(ReadOnlySpan<byte> body) => Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(body))[..SumLength]);
}
