using ModelTensors.Kernels;

namespace ModelTensors.Tests.Kernels;

[Category("Kernels")]
public sealed unsafe class DifferenceKernelTests
{
    private static readonly float[] Values =
        [0f, -0f, 1f, -1f, 1.5f, float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.Epsilon, -1e-40f, float.MaxValue, -float.MaxValue];

    [Test]
    public void Differences_AtEveryLength_EqualALoop([Range(0, 2)] int width, [Values] bool special)
    {
        foreach (int count in Lengths.All)
        {
            Random random = new(count);
            float[] left = new float[Lengths.Padded(count)];
            float[] right = new float[left.Length];
            float[] actual = new float[left.Length];
            for (int i = 0; i < count; i++)
            {
                left[i] = special ? Values[random.Next(Values.Length)] : random.NextSingle();
                right[i] = random.Next(3) == 0 ? left[i] : special ? Values[random.Next(Values.Length)] : random.NextSingle();
            }

            float[] expected = [.. left.Zip(right, (a, b) => BitConverter.SingleToInt32Bits(a) == BitConverter.SingleToInt32Bits(b) ? 0 : b - a)];
            uint largest;
            long changed;
            fixed (float* from = left)
            fixed (float* to = right)
            fixed (float* destination = actual)
            {
                largest = ChunkKernels.All[width].Differences(from, to, destination, count, out changed);
            }

            using (Assert.EnterMultipleScope())
            {
                Assert.That(actual.Take(count), Is.EqualTo(expected.Take(count)), $"{count}");
                Assert.That(changed, Is.EqualTo(expected.Count(value => value != 0)), $"{count}");
                Assert.That(BitConverter.UInt32BitsToSingle(largest), Is.EqualTo(expected.Aggregate(0f, (most, value) => MathF.Max(most, MathF.Abs(value)))), $"{count}");
            }
        }
    }
}
