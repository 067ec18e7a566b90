using System.Runtime.InteropServices;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Recipes;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Checkpoints;
using ModelTensors.Safetensors;

namespace ModelAggregation.Tests.Merging.Engine;

/// <summary>Tensors longer than 32-bit offsets reach, in files that are mostly holes.</summary>
[Category("Large"), NonParallelizable]
public sealed class LargeTests
{
    // In F64 the first and in BF16 the second: over 2 GiB each, over 4 GiB together. Both are written in BF16, to write less.
    private const long FirstLength = (1L << 28) + 5;
    private const long SecondLength = (1L << 30) + 5;

    private static readonly (string Name, long Length)[] Tensors = [("model.layers.0.weight", FirstLength), ("model.layers.1.weight", SecondLength)];

    [Test, CancelAfter(600_000)]
    public void TensorsOverTwoGibibytes_InAFileOverFour_AreMerged(CancellationToken cancellationToken)
    {
        using TestFolder folder = new();
        WriteModel(folder["a"], 1, DataType.F64);
        WriteModel(folder["b"], 3, DataType.BF16);
        Assert.That(new FileInfo(folder["a", "model.safetensors"]).Length, Is.GreaterThan(1L << 32));

        MergeReport report = new ModelMerger().Merge(
            MergeRecipe.With("linear").Model(folder["a"], weight: 1).Model(folder["b"], weight: 1).OutputType(DataType.BF16).Build(), folder["out"], cancellationToken: cancellationToken);

        Assert.That((report.ParameterCount, report.OutputBytes), Is.EqualTo((FirstLength + SecondLength, 2 * (FirstLength + SecondLength))));
        using Checkpoint output = Checkpoint.Open(folder["out"]);
        using (Assert.EnterMultipleScope())
        {
            for (int tensor = 0; tensor < Tensors.Length; tensor++)
            {
                (string name, long length) = Tensors[tensor];
                Assert.That(output.TryGet(name, out TensorSource? source));
                long[] marked = Marked(length);
                for (int mark = 0; mark < marked.Length; mark++)
                {
                    // The mean of 1·(mark + 1) and 3·(mark + 1), and 16 more in the second tensor.
                    Assert.That(Read(source!, marked[mark]), Is.EqualTo((2 * (mark + 1)) + (16 * tensor)), $"{name}[{marked[mark]}]");
                }

                Assert.That(Read(source!, 2), Is.Zero);
                Assert.That(Read(source!, length - 3), Is.Zero);
            }
        }
    }

    private static long[] Marked(long length) => [0, 1, (length / 2) - 1, length / 2, length - 2, length - 1];

    private static void WriteModel(string folder, float factor, DataType firstType)
    {
        Directory.CreateDirectory(folder);
        SafetensorsHeader header = SafetensorsHeader.Create(Tensors.Select(
            (tensor, index) => new TensorInfo(tensor.Name, index == 0 ? firstType : DataType.BF16, new TensorShape(tensor.Length))));
        using SafetensorsFileWriter writer = SafetensorsFileWriter.Create(Path.Combine(folder, "model.safetensors"), header);
        for (int tensor = 0; tensor < Tensors.Length; tensor++)
        {
            TensorSink sink = writer.GetSink(Tensors[tensor].Name);
            long[] marked = Marked(Tensors[tensor].Length);
            for (int mark = 0; mark < marked.Length; mark++)
            {
                float value = (factor * (mark + 1)) + (16 * tensor);
                using HostTensor element = HostTensor.FromSingles([value], new TensorShape(1), sink.DataType);
                sink.Write(marked[mark], TensorBytes.Read(element.Source));
            }
        }
    }

    private static float Read(TensorSource source, long index)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        source.Read(index, bytes);
        return BitConverter.Int32BitsToSingle(MemoryMarshal.Read<ushort>(bytes) << 16);
    }
}
