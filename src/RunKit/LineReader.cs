using System.Text;

namespace RunKit;

/// <summary>Reads what a process writes, in bounded memory whatever it writes.</summary>
internal static class LineReader
{
    public const int MaxLength = 1 << 16;

    /// <summary>Reads lines until the end; longer ones than <see cref="MaxLength"/> come in pieces.</summary>
    public static async Task ReadAsync(TextReader reader, Action<string> line)
    {
        StringBuilder pending = new();
        await ReadPiecesAsync(reader, piece =>
        {
            foreach (char c in piece)
            {
                if (c == '\n' || pending.Length == MaxLength)
                {
                    line(pending.ToString().TrimEnd('\r'));
                    pending.Clear();
                }

                if (c != '\n')
                {
                    pending.Append(c);
                }
            }
        }).ConfigureAwait(false);
        if (pending.Length > 0)
        {
            line(pending.ToString());
        }
    }

    /// <summary>Reads pieces as they come, until the end.</summary>
    public static async Task ReadPiecesAsync(TextReader reader, Action<ReadOnlySpan<char>> piece)
    {
        char[] buffer = new char[4096];
        while (await reader.ReadAsync(buffer.AsMemory()).ConfigureAwait(false) is > 0 and int count)
        {
            piece(buffer.AsSpan(0, count));
        }
    }
}
