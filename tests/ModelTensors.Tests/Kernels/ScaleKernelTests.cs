using ModelTensors.Kernels;

namespace ModelTensors.Tests.Kernels;

[Category("Kernels")]
public sealed unsafe class ScaleKernelTests
{
    private static readonly DataType[] Types = [DataType.F32, DataType.BF16, DataType.F16];

    [Test]
    public void Scale_OfEveryLengthAndType_IsTheRoundedProduct_AndTouchesNothingElse(
        [ValueSource(nameof(Types))] DataType type, [ValueSource(nameof(Types))] DataType output, [Values(0.3f, -2f, 1e-4f)] float factor)
    {
        Random random = new(1);
        byte[] source = new byte[1100 * 4];
        random.NextBytes(source);
        using (Assert.EnterMultipleScope())
        {
            foreach (ChunkKernels kernels in ChunkKernels.All)
            {
                foreach (int count in Lengths.All)
                {
                    byte[] expected = Expected(source, type, factor, output, count);
                    byte[] actual = new byte[(count * output.Size) + 8];
                    actual.AsSpan().Fill(0xA5);
                    fixed (byte* from = source)
                    fixed (byte* to = actual)
                    {
                        kernels.Scale(from, type, factor, to, output, count);
                    }

                    if (!actual.AsSpan(0, count * output.Size).SequenceEqual(expected) || actual.AsSpan(count * output.Size).ContainsAnyExcept((byte)0xA5))
                    {
                        Assert.Fail($"{kernels.Description}, {count} elements.");
                    }
                }
            }
        }
    }

    // The same conversions that their own tests compare with casts, and one product in float between them.
    private static byte[] Expected(byte[] source, DataType type, float factor, DataType output, int count)
    {
        float[] values = new float[count];
        FloatConversion.Widen(source, type, values);
        for (int i = 0; i < count; i++)
        {
            values[i] *= factor;
        }

        byte[] expected = new byte[count * output.Size];
        FloatConversion.Narrow(values, expected, output);
        return expected;
    }
}
