using System.Runtime.InteropServices;
using ModelTensors.Adapters;

namespace ModelTensors.Tests.Adapters;

/// <summary>Products of factors that are computed while they are read.</summary>
public sealed class LoraProductSourceTests
{
    [Test]
    public void Read_IsTheScaledProduct_AsTheFactorsAreStored(
        [Values(LoraModuleKind.Linear, LoraModuleKind.Embedding, LoraModuleKind.Convolution)] LoraModuleKind kind, [Values(1, 5)] int rank)
    {
        LoraModule module = Module(kind, 7, 12, rank, DataType.F32);
        float[] a = Values(module.A);
        float[] b = Values(module.B);
        float[] actual = Values(new LoraProductSource(module));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(new LoraProductSource(module).Shape, Is.EqualTo(new TensorShape(7, 12)));
            for (int i = 0; i < 7; i++)
            {
                for (int j = 0; j < 12; j++)
                {
                    float sum = 0;
                    for (int k = 0; k < rank; k++)
                    {
                        sum = MathF.FusedMultiplyAdd(b[(i * rank) + k], a[(k * 12) + j], sum);
                    }

                    Assert.That(actual[(i * 12) + j], Is.EqualTo(sum * 1.7f), $"row {i}, column {j}");
                }
            }
        }
    }

    [Test]
    public void Read_OfAnyPart_IsThatPart([Values(1, 7, 37, 100, 1000)] int length, [Values(DataType.F32, DataType.BF16)] DataType type)
    {
        LoraProductSource source = new(Module(LoraModuleKind.Linear, 33, 37, 9, type));
        float[] whole = Values(source);
        float[] pieces = new float[whole.Length];
        for (int start = 0; start < whole.Length; start += length)
        {
            source.Read(start, MemoryMarshal.AsBytes(pieces.AsSpan(start, Math.Min(length, whole.Length - start))));
        }

        Assert.That(pieces, Is.EqualTo(whole));
    }

    private static LoraModule Module(LoraModuleKind kind, int outputs, int inputs, int rank, DataType type)
    {
        Random random = new(rank);
        TensorShape shapeA = kind == LoraModuleKind.Convolution ? new(rank, inputs / 4, 2, 2) : new(rank, inputs);
        TensorShape shapeB = kind == LoraModuleKind.Convolution ? new(outputs, rank, 1, 1) : new(outputs, rank);
        return new LoraModule("m", kind, Random(random, shapeA, type), Random(random, shapeB, type), 1.7);
    }

    private static TensorSource Random(Random random, TensorShape shape, DataType type) =>
        HostTensor.FromSingles([.. Enumerable.Range(0, (int)shape.ElementCount).Select(_ => random.NextSingle() - 0.5f)], shape, type).Source;

    private static float[] Values(TensorSource source)
    {
        byte[] bytes = new byte[source.ByteLength];
        source.Read(0, bytes);
        float[] values = new float[source.Shape.ElementCount];
        FloatConversion.Widen(bytes, source.DataType, values);
        return values;
    }
}
