using ModelTensors.Kernels;

namespace ModelTensors.Tests.Kernels;

[Category("Kernels")]
public sealed unsafe class LowRankKernelTests
{
    private static IReadOnlyList<ChunkKernels> Widths => ChunkKernels.All;

    [TestCaseSource(nameof(Widths))]
    public void AddLowRank_OfEveryRemainder_HasTheBitsOfThreePlainLoops(object kernels)
    {
        Random random = new(3);
        foreach ((int rows, int width, int rank) in Sizes())
        {
            int stride = width + 5;
            float[] left = Numbers(random, rows * rank);
            float[] right = Numbers(random, rank * stride);
            float[] values = Numbers(random, rows * stride);
            float[] expected = (float[])values.Clone();
            for (int row = 0; row < rows; row++)
            {
                for (int column = 0; column < width; column++)
                {
                    float sum = 0;
                    for (int k = 0; k < rank; k++)
                    {
                        sum = MathF.FusedMultiplyAdd(left[(row * rank) + k], right[(k * stride) + column], sum);
                    }

                    expected[(row * stride) + column] = MathF.FusedMultiplyAdd(0.37f, sum, values[(row * stride) + column]);
                }
            }

            fixed (float* l = left)
            fixed (float* r = right)
            fixed (float* v = values)
            {
                ((ChunkKernels)kernels).AddLowRank(l, r, stride, rank, 0.37f, v, rows, width);
            }

            Assert.That(values.AsSpan().SequenceEqual(expected), $"{rows} rows, {width} columns, rank {rank}");
        }
    }

    [TestCaseSource(nameof(Widths))]
    public void AddLowRank_OfNonFiniteFactors_ShowsThem(object kernels)
    {
        float[] left = [float.NaN, float.PositiveInfinity, 1, 2, 3];
        float[] right = [.. Enumerable.Repeat(1f, 40)];
        float[] values = new float[5 * 40];
        fixed (float* l = left)
        fixed (float* r = right)
        fixed (float* v = values)
        {
            ((ChunkKernels)kernels).AddLowRank(l, r, 40, 1, 1, v, 5, 40);
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(values[..40], Is.All.NaN);
            Assert.That(values[40..80], Is.All.EqualTo(float.PositiveInfinity));
            Assert.That(values[160..], Is.All.EqualTo(3f));
        }
    }

    private static IEnumerable<(int Rows, int Width, int Rank)> Sizes()
    {
        foreach (int width in (int[])[1, 15, 16, 31, 32, 33, 64, 97])
        {
            foreach (int rows in (int[])[1, 2, 3, 4, 5, 9])
            {
                yield return (rows, width, 1 + (width % 7));
            }
        }
    }

    private static float[] Numbers(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5))];
}
