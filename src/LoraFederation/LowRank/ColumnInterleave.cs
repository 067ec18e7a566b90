using System.Runtime.Intrinsics;

namespace LoraFederation.LowRank;

/// <summary>The kernel of stacking columns: row after row, so that the output is written once from its beginning to its end while all inputs stream.</summary>
internal static unsafe class ColumnInterleave
{
    /// <summary>Writes rows, each the next bytes of every source in turn.</summary>
    /// <param name="sources">The sources; each holds <paramref name="rows"/> times its width. They are moved on.</param>
    /// <param name="widths">The bytes that each source has in a row; even numbers.</param>
    /// <param name="destination">Receives the rows; as long as they are.</param>
    /// <param name="rows">The number of rows.</param>
    public static void Run(byte*[] sources, int[] widths, Span<byte> destination, int rows)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, widths.Sum() * rows);
        fixed (byte* start = destination)
        fixed (byte** from = sources)
        fixed (int* width = widths)
        {
            Run(from, width, widths.Length, start, rows);
        }
    }

    private static void Run(byte** sources, int* widths, int parts, byte* to, int rows)
    {
        for (int row = 0; row < rows; row++)
        {
            for (int part = 0; part < parts; part++)
            {
                byte* from = sources[part];
                int width = widths[part];
                sources[part] = from + width;

                // Rows are a few words long: a call of a general copy for each would cost more than the copy.
                int left = width;
                for (; left >= Vector512<byte>.Count; left -= Vector512<byte>.Count)
                {
                    Vector512.Load(from).Store(to);
                    from += Vector512<byte>.Count;
                    to += Vector512<byte>.Count;
                }

                if ((left & 32) != 0)
                {
                    Vector256.Load(from).Store(to);
                    from += 32;
                    to += 32;
                }

                if ((left & 16) != 0)
                {
                    Vector128.Load(from).Store(to);
                    from += 16;
                    to += 16;
                }

                if ((left & 8) != 0)
                {
                    *(ulong*)to = *(ulong*)from;
                    from += 8;
                    to += 8;
                }

                for (left &= 7; left > 0; left -= sizeof(ushort))
                {
                    *(ushort*)to = *(ushort*)from;
                    from += sizeof(ushort);
                    to += sizeof(ushort);
                }
            }
        }
    }
}
