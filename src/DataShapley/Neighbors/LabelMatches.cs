using System.Runtime.Intrinsics;

namespace DataShapley.Neighbors;

/// <summary>Which labels are that of a test point, in bytes: a recursion reads them in random order, and they stay in the nearest caches.</summary>
internal static class LabelMatches
{
    /// <summary>Writes 1 where a label is the given one, 0 elsewhere.</summary>
    public static void Mark(ReadOnlySpan<int> labels, int label, Span<byte> matches)
    {
        Vector512<int> wanted = Vector512.Create(label);
        int i = 0;
        for (; i <= labels.Length - Vector512<byte>.Count; i += Vector512<byte>.Count)
        {
            ReadOnlySpan<int> part = labels.Slice(i, Vector512<byte>.Count);
            (Vector512.Narrow(Compare(part, wanted), Compare(part[Vector512<ushort>.Count..], wanted)) & Vector512<byte>.One).CopyTo(matches[i..]);
        }

        for (; i < labels.Length; i++)
        {
            matches[i] = labels[i] == label ? (byte)1 : (byte)0;
        }
    }

    private static Vector512<ushort> Compare(ReadOnlySpan<int> part, Vector512<int> wanted) => Vector512.Narrow(
        Vector512.Equals(Vector512.Create(part), wanted).AsUInt32(), Vector512.Equals(Vector512.Create(part[Vector512<int>.Count..]), wanted).AsUInt32());
}
