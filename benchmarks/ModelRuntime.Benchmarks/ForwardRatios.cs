using ModelRuntime.Decoders;
using ModelTensors;

namespace ModelRuntime.Benchmarks;

/// <summary>Forward passes with all logits, beside the peak.</summary>
internal static class ForwardRatios
{
    public static void Run(int threads, bool isQuick)
    {
        Rounds.Write($"Forward passes, {threads} threads, medians of interleaved rounds.");
        Rounds.Write($"");
        Rounds.Write($"| model | weights | tokens | seconds | tokens/s | GFLOP/s | of the peak | MB allocated |");
        Rounds.Write($"|---|---|---:|---:|---:|---:|---:|---:|");
        foreach (Shape shape in Shape.All(isQuick))
        {
            foreach (DataType type in (DataType[])[DataType.F32, DataType.BF16])
            {
                using DecoderModel model = shape.Create(type, threads);
                TokenBatch batch = shape.Batch();
                (double seconds, double rate, double share) = Rounds.Measure(threads, shape.ForwardOperations, () => model.Forward(batch).Dispose());
                long before = GC.GetTotalAllocatedBytes(precise: true);
                model.Forward(batch).Dispose();
                double allocated = (GC.GetTotalAllocatedBytes(precise: true) - before) / 1e6;
                Rounds.Write($"| {shape.Name} | {type} | {shape.Sequences} x {shape.Length} | {seconds:F4} | {shape.Tokens / seconds:F0} | {rate:F0} | {share:F2} | {allocated:F2} |");
            }
        }
    }
}
