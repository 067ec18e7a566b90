using System.Diagnostics;
using ModelRuntime.Decoders;
using ModelRuntime.Generation;
using ModelTensors;

namespace ModelRuntime.Benchmarks;

/// <summary>Greedy generation with the cache, beside reading the weights once for each step.</summary>
internal static class GenerationSpeed
{
    public static void Run(int threads, bool isQuick)
    {
        Rounds.Write($"Greedy generation of 32 tokens after 16, {threads} threads.");
        Rounds.Write($"");
        Rounds.Write($"| model | weights | prompts | ms/step | tokens/s | GB/s of weights |");
        Rounds.Write($"|---|---|---:|---:|---:|---:|");
        foreach (Shape shape in Shape.All(isQuick))
        {
            foreach (DataType type in (DataType[])[DataType.F32, DataType.BF16])
            {
                using DecoderModel model = shape.Create(type, threads);
                foreach (int prompts in (int[])[1, 16])
                {
                    ReadOnlyMemory<int>[] all = [.. Enumerable.Range(0, prompts).Select(i => (ReadOnlyMemory<int>)Enumerable.Range(i, 16).ToArray())];
                    GenerationOptions options = new() { MaxNewTokens = 32, EndTokens = [] };
                    TextGenerator.Generate(model, all, options);
                    long start = Stopwatch.GetTimestamp();
                    TextGenerator.Generate(model, all, options);
                    double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds / 32;
                    double bytes = (double)(model.ParameterCount - ((long)shape.Config.VocabularySize * shape.Config.HiddenSize)) * type.Size;
                    Rounds.Write($"| {shape.Name} | {type} | {prompts} | {1000 * seconds:F2} | {prompts / seconds:F0} | {bytes / seconds / 1e9:F1} |");
                }
            }
        }
    }
}
