using ModelTensors;

namespace ModelAggregation.Inspection;

/// <summary>Counts the elements and rows whose bytes differ: for integers and truth values, which have no pass on a device.</summary>
internal static class IntegerComparison
{
    private const int BufferLength = 1 << 20;

    public static (long Elements, long Rows) Run(
        TensorSource first, TensorSource second, long rowLength, Action<long> bytesRead, CancellationToken cancellationToken)
    {
        int size = first.DataType.Size;
        byte[] left = new byte[BufferLength];
        byte[] right = new byte[BufferLength];
        long count = first.Shape.ElementCount;
        long elements = 0;
        long rows = 0;
        long lastRow = -1;
        for (long start = 0; start < count; start += BufferLength / size)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int length = (int)Math.Min(BufferLength / size, count - start);
            first.Read(start, left.AsSpan(0, length * size));
            second.Read(start, right.AsSpan(0, length * size));
            bytesRead(2L * length * size);
            for (int at = 0; (at = NextChange(left, right, at, length, size)) < length; at++)
            {
                elements++;
                long row = (start + at) / rowLength;
                rows += row == lastRow ? 0 : 1;
                lastRow = row;
            }
        }

        return (elements, rows);
    }

    private static int NextChange(byte[] left, byte[] right, int at, int length, int size)
    {
        int common = left.AsSpan(at * size, (length - at) * size).CommonPrefixLength(right.AsSpan(at * size, (length - at) * size));
        return at + (common / size);
    }
}
