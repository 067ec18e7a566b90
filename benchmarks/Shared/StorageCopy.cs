using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ModelTensors;

namespace ModelSdk.Benchmarking;

/// <summary>The ceiling of a pass: plain vector loads of as many tensors (one to four), one store, on the same threads.</summary>
internal static unsafe class StorageCopy
{
    public static void Run(TensorSource[] inputs, TensorSink output, int threads)
    {
        nint[] places = [.. inputs.Select(Address)];
        output.TryGetSpan(0, 1, out Span<byte> place);
        nint to = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(place));
        long share = inputs[0].ByteLength / threads & -Vector512<byte>.Count;
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, worker =>
        {
            byte* a = (byte*)places[0] + (worker * share);
            byte* b = (byte*)places[places.Length > 1 ? 1 : 0] + (worker * share);
            byte* c = (byte*)places[^1] + (worker * share);
            byte* d = (byte*)places[places.Length / 2] + (worker * share);
            byte* destination = (byte*)to + (worker * share);
            switch (places.Length)
            {
                case 1:
                    for (long i = 0; i < share; i += 64)
                    {
                        Vector512.Load(a + i).Store(destination + i);
                    }

                    break;
                case 2:
                    for (long i = 0; i < share; i += 64)
                    {
                        (Vector512.Load(a + i) ^ Vector512.Load(b + i)).Store(destination + i);
                    }

                    break;
                case 3:
                    for (long i = 0; i < share; i += 64)
                    {
                        (Vector512.Load(a + i) ^ Vector512.Load(b + i) ^ Vector512.Load(c + i)).Store(destination + i);
                    }

                    break;
                default:
                    for (long i = 0; i < share; i += 64)
                    {
                        (Vector512.Load(a + i) ^ Vector512.Load(b + i) ^ Vector512.Load(c + i) ^ Vector512.Load(d + i)).Store(destination + i);
                    }

                    break;
            }
        });
    }

    private static nint Address(TensorSource source)
    {
        source.TryGetSpan(0, 1, out ReadOnlySpan<byte> bytes);
        return (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(bytes));
    }
}
