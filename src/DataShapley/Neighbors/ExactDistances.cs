using System.Runtime.Intrinsics;
using ModelTensors.Devices;

namespace DataShapley.Neighbors;

/// <summary>Distances of one query to rows in double, from the features as they are stored: products of floats are exact in it.</summary>
internal sealed class ExactDistances(Matrix queries, Matrix rows, DistanceMetric metric)
{
    private readonly float[] _query = new float[queries.Columns];
    private readonly float[] _row = new float[rows.Columns];
    private double _queryNorm;

    /// <summary>Chooses the query.</summary>
    public void MoveTo(long query)
    {
        queries.CopyRow(query, _query);
        _queryNorm = metric == DistanceMetric.Cosine ? Math.Sqrt(Product(_query, _query)) : 0;
    }

    public double To(long row)
    {
        rows.CopyRow(row, _row);
        switch (metric)
        {
            case DistanceMetric.SquaredEuclidean:
                return SquaredDifference(_query, _row);
            case DistanceMetric.Cosine:
                double norms = _queryNorm * Math.Sqrt(Product(_row, _row));
                return norms > 0 ? 1 - (Product(_query, _row) / norms) : 1;
            default:
                return -Product(_query, _row);
        }
    }

    // Eight lanes on every machine, so that the bits are the same on all of them.
    private static double SquaredDifference(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        Vector512<double> sums = Vector512<double>.Zero;
        int i = 0;
        for (; i <= x.Length - Vector512<double>.Count; i += Vector512<double>.Count)
        {
            Vector512<double> difference = Widen(x, i) - Widen(y, i);
            sums = Vector512.FusedMultiplyAdd(difference, difference, sums);
        }

        double sum = Sum(sums);
        for (; i < x.Length; i++)
        {
            double difference = (double)x[i] - y[i];
            sum = Math.FusedMultiplyAdd(difference, difference, sum);
        }

        return sum;
    }

    private static double Product(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        Vector512<double> sums = Vector512<double>.Zero;
        int i = 0;
        for (; i <= x.Length - Vector512<double>.Count; i += Vector512<double>.Count)
        {
            sums = Vector512.FusedMultiplyAdd(Widen(x, i), Widen(y, i), sums);
        }

        double sum = Sum(sums);
        for (; i < x.Length; i++)
        {
            sum = Math.FusedMultiplyAdd((double)x[i], y[i], sum);
        }

        return sum;
    }

    private static double Sum(Vector512<double> lanes)
    {
        Vector256<double> four = lanes.GetLower() + lanes.GetUpper();
        Vector128<double> two = four.GetLower() + four.GetUpper();
        return two[0] + two[1];
    }

    private static Vector512<double> Widen(ReadOnlySpan<float> values, int start)
    {
        (Vector256<double> low, Vector256<double> high) = Vector256.Widen(Vector256.Create(values.Slice(start, Vector256<float>.Count)));
        return Vector512.Create(low, high);
    }
}
