using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using ModelAggregation.Zoo;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.KillHost;

/// <summary>Measures by how much a comparison of models that are never in memory raises the peak of the process: alone in it, because nothing else may.</summary>
internal static class SimilarityMemory
{
    /// <summary>Compares models of small tensors, which warms up all that runs, and then large ones; writes by how many bytes the peak has risen.</summary>
    /// <param name="arguments">The measure, the number of models, the rows of each large tensor, its columns, and the working memory.</param>
    public static void Run(string[] arguments)
    {
        SimilarityMeasure measure = Enum.Parse<SimilarityMeasure>(arguments[0]);
        int[] numbers = [.. arguments.Skip(1).Select(argument => int.Parse(argument, CultureInfo.InvariantCulture))];
        SimilarityOptions options = new() { Measure = measure, Threads = 2, WorkingMemory = numbers[3] };
        ZooSimilarity.Compute(Models(numbers[0], 64, numbers[2]), options);
        long before = Peak();
        SimilarityMatrix matrix = ZooSimilarity.Compute(Models(numbers[0], numbers[1], numbers[2]), options).ToMatrix();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Peak() - before} {matrix[0, 1]:R}"));
    }

    private static long Peak()
    {
        using Process self = Process.GetCurrentProcess();
        return self.PeakWorkingSet64;
    }

    private static ModelZoo Models(int count, long rows, long columns)
    {
        KeyValuePair<string, TensorSet>[] models = [.. Enumerable.Range(0, count).Select(index => KeyValuePair.Create($"m{index}", (TensorSet)Model(index, rows, columns)))];
        return ModelZoo.Open([.. models.Select(model => model.Key)], new MemoryModelResolver(models));
    }

    private static MemoryTensorSet Model(int index, long rows, long columns)
    {
        MemoryTensorSet model = new();
        model.Add("model.layers.0.self_attn.q_proj.weight", new Numbers(index, new TensorShape(rows, columns)));
        model.Add("model.layers.0.mlp.up_proj.weight", new Numbers(index + 100, new TensorShape(rows, columns)));
        return model;
    }

    /// <summary>Numbers from 1 to 2 that are computed whenever they are read.</summary>
    private sealed class Numbers(int seed, TensorShape shape) : TensorSource(DataType.BF16, shape)
    {
        public override void Read(long start, Span<byte> destination)
        {
            Span<ushort> elements = MemoryMarshal.Cast<byte, ushort>(destination);
            for (int i = 0; i < elements.Length; i++)
            {
                elements[i] = (ushort)(0x3F80 | (((start + i) * (2 * seed + 3) >> 3) & 0x7F));
            }
        }
    }
}
