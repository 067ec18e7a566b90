using ModelRuntime.Decoders;
using ModelRuntime.Training;
using ModelTensors;

namespace ModelRuntime.Benchmarks;

/// <summary>Forward and backward passes, of all weights and of factors, beside the peak.</summary>
internal static class TrainingRatios
{
    public static void Run(int threads, bool isQuick)
    {
        Rounds.Write($"Forward and backward passes, {threads} threads, a label at every token, medians of interleaved rounds.");
        Rounds.Write($"");
        Rounds.Write($"| model | trained | tokens | seconds | tokens/s | GFLOP/s | of the peak | process peak, MB |");
        Rounds.Write($"|---|---|---:|---:|---:|---:|---:|---:|");
        foreach (Shape shape in Shape.All(isQuick))
        {
            foreach (bool isLora in (bool[])[false, true])
            {
                using DecoderModel model = shape.Create(DataType.F32, threads);
                _ = isLora ? model.AttachLora(new LoraOptions { Rank = 8 }, 1) : model.TrainAll();
                TokenBatch batch = shape.Batch();
                int[] labels = [.. batch.Tokens];

                // A backward pass has the products for the inputs, and for all weights as many again.
                double operations = shape.ForwardOperations * (isLora ? 2 : 3);
                (double seconds, double rate, double share) = Rounds.Measure(threads, operations, () => model.AddGradients(batch, labels, 1.0 / labels.Length));
                double peak = Environment.WorkingSet / 1e6;
                Rounds.Write($"| {shape.Name} | {(isLora ? "factors, rank 8" : "all")} | {shape.Sequences} x {shape.Length} | {seconds:F4} | {shape.Tokens / seconds:F0} | {rate:F0} | {share:F2} | {peak:F0} |");
            }
        }
    }
}
