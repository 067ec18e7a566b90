using System.Numerics;
using System.Runtime.Intrinsics;
using ModelTensors.Devices;

namespace ModelTensors.Kernels;

/// <summary>How rows are made ready for a metric, and what of them beside the inner product a distance needs.</summary>
/// <remarks>
/// Every distance is <c>max(floor, fma(scale, x·y, termOfX + termOfY))</c>. Squared Euclidean: scale −2 and squared norms, after the mean was subtracted, so
/// that what cancels is no larger than the spread of the data. Cosine: vectors of length 1, scale −1 and a term of 1. Inner product: scale −1.
/// </remarks>
internal sealed class DistanceRows
{
    // Half a unit in the last place, relative.
    private const double Unit = 1.0 / (1 << 24);

    // What is left out of the bounds below: terms of second order, and the rounding of the double arithmetic.
    private const double Slack = 1.01;

    private readonly DistanceMetric _metric;
    private readonly float[] _mean;

    public DistanceRows(DistanceMetric metric, float[] mean)
    {
        _metric = metric;
        _mean = mean;
    }

    public float Scale => _metric == DistanceMetric.SquaredEuclidean ? -2 : -1;

    public float Floor => _metric == DistanceMetric.NegativeInnerProduct ? float.NegativeInfinity : 0;

    /// <summary>Changes a row in place as the metric wants it, and returns its squared norm.</summary>
    public double Prepare(Span<float> row)
    {
        switch (_metric)
        {
            case DistanceMetric.SquaredEuclidean:
                Subtract(row, _mean);
                return SquaredNorm(row);
            case DistanceMetric.Cosine:
                double norm = Math.Sqrt(SquaredNorm(row));
                double inverse = norm > 0 ? 1 / norm : 0;
                for (int i = 0; i < row.Length; i++)
                {
                    row[i] = (float)(row[i] * inverse);
                }

                return 1;
            default:
                return SquaredNorm(row);
        }
    }

    /// <summary>The term of a prepared row in a distance; the one of a query carries the constant of the metric.</summary>
    public float Term(double squaredNorm, bool isQuery) => _metric switch
    {
        DistanceMetric.SquaredEuclidean => (float)squaredNorm,
        DistanceMetric.Cosine => isQuery ? 1 : 0,
        _ => 0,
    };

    /// <summary>Bounds the error of the distances of a query.</summary>
    /// <remarks>
    /// With u = 2⁻²⁴ a chain of d multiply-adds errs by at most γ = d·u/(1 − d·u) times Σ|xₖ·yₖ| ≤ |x|·|y|. Euclidean: twice that is at most γ·(|x|² + |y|²); rounding
    /// the centred features moves a distance by at most 4·u·(|x|² + |y|²), the two norms, their sum and the last multiply-add by 4·u·(|x|² + |y|²) more.
    /// Cosine: vectors of length 1 whose features are rounded move a product by 2·u, and the last step errs by 2·u. A product below the normal
    /// floats errs by half the least one.
    /// </remarks>
    public float ErrorBound(double squaredNorm, double largestSquaredNorm, int depth)
    {
        double gamma = depth * Unit / (1 - (depth * Unit));
        double size = _metric switch
        {
            DistanceMetric.SquaredEuclidean => (gamma + (8 * Unit)) * (squaredNorm + largestSquaredNorm),
            DistanceMetric.Cosine => gamma + (8 * Unit),
            _ => (gamma + (2 * Unit)) * Math.Sqrt(squaredNorm) * Math.Sqrt(largestSquaredNorm),
        };
        return (float)((size * Slack) + (4.0 * (depth + 4) * float.Epsilon));
    }

    private static void Subtract(Span<float> row, ReadOnlySpan<float> mean)
    {
        int i = 0;
        for (; i <= row.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Span<float> part = row[i..];
            (new Vector<float>(part) - new Vector<float>(mean[i..])).CopyTo(part);
        }

        for (; i < row.Length; i++)
        {
            row[i] -= mean[i];
        }
    }

    // Eight lanes on every machine, so that a norm has the same bits on all of them.
    private static double SquaredNorm(ReadOnlySpan<float> row)
    {
        Vector512<double> sums = Vector512<double>.Zero;
        int i = 0;
        for (; i <= row.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            (Vector256<double> low, Vector256<double> high) = Vector256.Widen(Vector256.Create(row.Slice(i, Vector256<float>.Count)));
            Vector512<double> values = Vector512.Create(low, high);
            sums = Vector512.FusedMultiplyAdd(values, values, sums);
        }

        double sum = 0;
        for (int lane = 0; lane < Vector512<double>.Count; lane++)
        {
            sum += sums[lane];
        }

        for (; i < row.Length; i++)
        {
            sum = Math.FusedMultiplyAdd((double)row[i], row[i], sum);
        }

        return sum;
    }
}
