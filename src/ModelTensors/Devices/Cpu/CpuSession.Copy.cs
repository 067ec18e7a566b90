using ModelTensors.Kernels;

namespace ModelTensors.Devices.Cpu;

/// <content>Copies between tensors of one type, byte for byte.</content>
internal sealed unsafe partial class CpuSession
{
    private void CopyBytes(int input, TensorSink output)
    {
        ThrowIfCanceled();
        TensorSource source = Inputs[input];
        bool counts = !_scanned[input] && source.DataType.IsFloatingPoint;
        int workers = Math.Min(_device.Options.Threads, Segments.Count);
        int tile = TileElements([input], null, workers);
        int next = -1;
        long nonFinite = 0;
        _device.Run(workers, (_, failure) =>
        {
            using NativeBuffer buffer = new((long)tile * source.DataType.Size);
            long found = 0;
            for (int segment; !failure.HasFailed && (segment = Interlocked.Increment(ref next)) < Segments.Count;)
            {
                long end = Segments.End(segment);
                for (long start = Segments.Start(segment); start < end; start += tile)
                {
                    ThrowIfCanceled();
                    int count = (int)Math.Min(tile, end - start);
                    ReadOnlySpan<byte> bytes = CopyTile(source, output, start, count, buffer.Span(0, count * source.DataType.Size));
                    found += counts ? CountNonFinite(bytes, source.DataType, count) : 0;
                    ReportBytes(count, [source]);
                }
            }

            Interlocked.Add(ref nonFinite, found);
        });

        AddNonFinite(input, nonFinite);
        _scanned[input] |= counts;
    }

    /// <summary>Copies through the buffer only where neither side lies in memory; returns the elements.</summary>
    private static ReadOnlySpan<byte> CopyTile(TensorSource source, TensorSink output, long start, int count, Span<byte> buffer)
    {
        bool placed = output.TryGetSpan(start, count, out Span<byte> place);
        if (!source.TryGetSpan(start, count, out ReadOnlySpan<byte> bytes))
        {
            Span<byte> read = placed ? place : buffer;
            source.Read(start, read);
            bytes = read;
        }
        else if (placed)
        {
            bytes.CopyTo(place);
        }

        if (!placed)
        {
            output.Write(start, bytes);
        }

        return bytes;
    }

    private long CountNonFinite(ReadOnlySpan<byte> bytes, DataType type, int count)
    {
        long sum = 0;
        float* floats = stackalloc float[ChunkKernels.Capacity];
        fixed (byte* elements = bytes)
        {
            for (int start = 0; start < count; start += ChunkKernels.Capacity)
            {
                int length = Math.Min(ChunkKernels.Capacity, count - start);
                if (Kernels.Widen(elements + ((long)start * type.Size), type, floats, length))
                {
                    sum += ChunkFeed.CountNonFinite(floats, length);
                }
            }
        }

        return sum;
    }
}
