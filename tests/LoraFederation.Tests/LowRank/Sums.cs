using LoraFederation.LowRank;
using LoraFederation.Tests.Testing;
using MathNet.Numerics.LinearAlgebra.Double;
using ModelTensors;

namespace LoraFederation.Tests.LowRank;

/// <summary>Sums of random products, and what they are in full.</summary>
internal static class Sums
{
    /// <summary>Creates a sum with random factors.</summary>
    public static LowRankSum Random(int seed, int rows, int columns, int[] ranks, double[] coefficients)
    {
        Random random = new(seed);
        int rank = ranks.Sum();
        return Of(RandomFederation.Normal(random, rows * rank), RandomFederation.Normal(random, rank * columns), rows, columns, ranks, coefficients);
    }

    public static LowRankSum Of(float[] left, float[] right, int rows, int columns, int[] ranks, double[] coefficients)
    {
        int rank = ranks.Sum();
        return new LowRankSum(
            HostTensor.FromSingles(left, new TensorShape(rows, rank)), HostTensor.FromSingles(right, new TensorShape(rank, columns)), ranks, coefficients);
    }

    /// <summary>Creates a sum of any shape: ranks beyond the sides, coefficients of both signs and zero, now and then a zero or repeated summand.</summary>
    public static LowRankSum Any(int seed)
    {
        Random random = new(seed);
        int rows = random.Next(1, 30);
        int columns = random.Next(1, 30);
        int[] ranks = [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => random.Next(1, 9))];
        double[] coefficients = [.. ranks.Select(_ => random.Next(6) == 0 ? 0 : Math.ScaleB(random.NextDouble() - 0.4, random.Next(-8, 3)))];
        LowRankSum sum = Random(seed, rows, columns, ranks, coefficients);
        for (int term = 1; term < ranks.Length; term++)
        {
            int kind = random.Next(8);
            for (int row = 0; row < rows && kind < 2; row++)
            {
                Span<float> values = sum.Left.AsSpan<float>((long)row * sum.Rank, sum.Rank);
                for (int i = 0; i < ranks[term]; i++)
                {
                    values[sum.StartOf(term) + i] = kind == 0 ? 0 : values[i % ranks[0]];
                }
            }
        }

        return sum;
    }

    /// <summary>Returns one summand of a sum in full, row after row.</summary>
    public static double[] Product(LowRankSum sum, int term)
    {
        double[] product = new double[sum.Rows * sum.Columns];
        for (int k = sum.StartOf(term); k < sum.StartOf(term) + sum.RankOf(term); k++)
        {
            Add(product, sum.Left, sum.Right, k, sum.Coefficients[term]);
        }

        return product;
    }

    public static double[] Product(LowRankSum sum)
    {
        double[] product = new double[sum.Rows * sum.Columns];
        for (int term = 0; term < sum.Coefficients.Count; term++)
        {
            double[] own = Product(sum, term);
            for (int i = 0; i < product.Length; i++)
            {
                product[i] += own[i];
            }
        }

        return product;
    }

    public static double[] Product(HostTensor left, HostTensor right)
    {
        double[] product = new double[left.Shape[0] * right.Shape[1]];
        for (int k = 0; k < right.Shape[0]; k++)
        {
            Add(product, left, right, k, 1);
        }

        return product;
    }

    public static double Norm(IEnumerable<double> values) => Math.Sqrt(values.Sum(value => value * value));

    public static double Distance(double[] left, double[] right) => Norm(left.Zip(right, (x, y) => x - y));

    /// <summary>Returns the singular values of a matrix, from an independent decomposition of its transpose in full.</summary>
    public static double[] SingularValues(double[] matrix, long rows, long columns) =>
        [.. new DenseMatrix((int)columns, (int)rows, [.. matrix]).Svd(computeVectors: false).S];

    private static void Add(double[] product, HostTensor left, HostTensor right, int k, double factor)
    {
        int rank = (int)right.Shape[0];
        int columns = (int)right.Shape[1];
        for (int row = 0; row < left.Shape[0]; row++)
        {
            double value = factor * left.AsSpan<float>(((long)row * rank) + k, 1)[0];
            for (int column = 0; column < columns; column++)
            {
                product[(row * columns) + column] += value * right.AsSpan<float>(((long)k * columns) + column, 1)[0];
            }
        }
    }
}
