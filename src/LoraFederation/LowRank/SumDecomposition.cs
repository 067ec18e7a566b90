using ModelTensors;

namespace LoraFederation.LowRank;

/// <summary>A sum whose singular values are known, and from which components can be made.</summary>
/// <param name="sum">The sum.</param>
internal abstract class SumDecomposition(LowRankSum sum) : IDisposable
{
    /// <summary>The unit of rounding of a double.</summary>
    protected const double Precision = 1.0 / (1L << 52);

    /// <summary>Gets the singular values that are not zero, in descending order.</summary>
    public IReadOnlyList<double> Values { get; protected init; } = [];

    /// <summary>Gets the norm of the largest of the R products of a column and a row: what values are rounded against where summands cancel.</summary>
    public double LargestSummand { get; protected init; }

    /// <summary>Makes components.</summary>
    /// <param name="rank">How many, at most those that were asked for when the sum was decomposed.</param>
    public OrderedFactors Truncate(int rank)
    {
        HostTensor left = rank == 0 ? new HostTensor(DataType.F32, new TensorShape(sum.Rows, 0)) : Left(rank);
        HostTensor right = rank == 0 ? new HostTensor(DataType.F32, new TensorShape(0, sum.Columns)) : Right(rank);
        FixSigns(left, right);
        return new OrderedFactors(left, right, [.. Values.Take(rank)], Math.Sqrt(EnergyRule.SquaresFrom(Values, rank)));
    }

    public abstract void Dispose();

    /// <summary>Makes U √S: F32, [rows, rank], rank at least 1.</summary>
    protected abstract HostTensor Left(int rank);

    /// <summary>Makes √S Vᵀ: F32, [rank, columns], rank at least 1.</summary>
    protected abstract HostTensor Right(int rank);

    protected static double[] Norms(ReadOnlySpan<double> products, int size)
    {
        double[] norms = new double[size];
        for (int i = 0; i < size; i++)
        {
            norms[i] = Math.Sqrt(products[(i * size) + i]);
        }

        return norms;
    }

    protected static double Largest(double[] coefficients, double[] left, double[] right)
    {
        double largest = 0;
        for (int i = 0; i < coefficients.Length; i++)
        {
            largest = Math.Max(largest, Math.Abs(coefficients[i]) * left[i] * right[i]);
        }

        return largest;
    }

    private static void FixSigns(HostTensor left, HostTensor right)
    {
        int rank = (int)left.Shape[1];
        float[] largest = new float[rank];
        for (long row = 0; row < left.Shape[0]; row++)
        {
            ReadOnlySpan<float> values = left.AsSpan<float>(row * rank, rank);
            for (int i = 0; i < rank; i++)
            {
                largest[i] = Math.Abs(values[i]) > Math.Abs(largest[i]) ? values[i] : largest[i];
            }
        }

        for (long row = 0; row < left.Shape[0]; row++)
        {
            Span<float> values = left.AsSpan<float>(row * rank, rank);
            for (int i = 0; i < rank; i++)
            {
                values[i] = largest[i] < 0 ? -values[i] : values[i];
            }
        }

        int columns = (int)right.Shape[1];
        for (int i = 0; i < rank; i++)
        {
            if (largest[i] < 0)
            {
                foreach (ref float value in right.AsSpan<float>((long)i * columns, columns))
                {
                    value = -value;
                }
            }
        }
    }
}
