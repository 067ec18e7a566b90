using ModelTensors;
using ModelTensors.Devices;

namespace DataShapley.Clustering;

/// <summary>A copy of the embeddings with their mean taken off, rounded once: products in float lose least there, and distances stay what they were.</summary>
internal sealed class CenteredRows : IDisposable
{
    /// <summary>The unit roundoff of a float.</summary>
    private const double Roundoff = 1.0 / (1 << 24);

    private const int RowsPerBlock = 1024;

    private readonly double[] _mean;

    public CenteredRows(EmbeddingRows rows, int threads, CancellationToken cancellationToken)
    {
        Rows = rows;
        Tensor = new HostTensor(DataType.F32, new TensorShape(rows.Count, rows.Dimension));
        SquaredNorms = new double[rows.Count];
        Parallel = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken };
        _mean = Mean();
        ForEachBlock(rows.Count, RowsPerBlock, (first, end) =>
        {
            for (int row = first; row < end; row++)
            {
                SquaredNorms[row] = Center(rows.Row(row), Row(row));
            }
        });
        LargestNorm = Math.Sqrt(SquaredNorms.Max());
        MeanVariance = SquaredNorms.Sum() / rows.Count / rows.Dimension;
    }

    public EmbeddingRows Rows { get; }

    /// <summary>Gets the centred rows, F32.</summary>
    public HostTensor Tensor { get; }

    /// <summary>Gets <c>‖x‖²</c> of each centred row.</summary>
    public double[] SquaredNorms { get; }

    public double LargestNorm { get; }

    /// <summary>Gets the mean over the features of their variance over the rows.</summary>
    public double MeanVariance { get; }

    public ParallelOptions Parallel { get; }

    public Matrix Matrix => Matrix.Of(Tensor);

    /// <summary>Bounds what half the squared distance of a row and a centroid, as <c>½‖x‖² + (½‖c‖² − x·c)</c> with the bracket in float, is off the exact one.</summary>
    /// <remarks>
    /// The chain of d fused multiply-adds is off by less than 1.1·d·u·‖x‖·‖c‖ for d·u below 0.07; the rounding of both vectors after centring moves the
    /// distance by u·(‖x‖ + ‖c‖), so half its square by less than 1.1·u·(‖x‖ + ‖c‖)²; the norm and the difference are rounded once each. Products too small
    /// for a float lose at most its smallest number.
    /// </remarks>
    public double Margin(double norm, double largestNorm)
    {
        double both = norm + largestNorm;
        return (Roundoff * ((1.1 * (Rows.Dimension + 2) * norm * largestNorm) + (4 * both * both))) + (Rows.Dimension * (double)float.Epsilon);
    }

    /// <summary>Takes the mean off a centroid and rounds.</summary>
    /// <returns>The squared norm of what is left.</returns>
    public double Center(ReadOnlySpan<double> centroid, Span<float> destination)
    {
        double squared = 0;
        for (int i = 0; i < destination.Length; i++)
        {
            float value = (float)(centroid[i] - _mean[i]);
            destination[i] = value;
            squared = Math.FusedMultiplyAdd(value, value, squared);
        }

        return squared;
    }

    public Span<float> Row(int row) => Tensor.AsSpan<float>((long)row * Rows.Dimension, Rows.Dimension);

    /// <summary>Runs an action over blocks of a range, in parallel; what it computes of one element must not depend on the blocks.</summary>
    public void ForEachBlock(int count, int block, Action<int, int> action) => System.Threading.Tasks.Parallel.For(
        0, (int)(((long)count + block - 1) / block), Parallel, index => action(index * block, (int)Math.Min(((long)index + 1) * block, count)));

    public void Dispose() => Tensor.Dispose();

    private double Center(ReadOnlySpan<float> source, Span<float> destination)
    {
        double squared = 0;
        for (int i = 0; i < destination.Length; i++)
        {
            float value = (float)(source[i] - _mean[i]);
            destination[i] = value;
            squared = Math.FusedMultiplyAdd(value, value, squared);
        }

        return squared;
    }

    /// <summary>Sums blocks of rows in parallel, then the blocks in order.</summary>
    private double[] Mean()
    {
        double[][] sums = new double[((Rows.Count - 1) / RowsPerBlock) + 1][];
        ForEachBlock(Rows.Count, RowsPerBlock, (first, end) =>
        {
            double[] sum = new double[Rows.Dimension];
            for (int row = first; row < end; row++)
            {
                ClusterMeans.Add(Rows.Row(row), sum);
            }

            sums[first / RowsPerBlock] = sum;
        });
        double[] mean = new double[Rows.Dimension];
        foreach (double[] sum in sums)
        {
            for (int i = 0; i < mean.Length; i++)
            {
                mean[i] += sum[i];
            }
        }

        for (int i = 0; i < mean.Length; i++)
        {
            mean[i] /= Rows.Count;
        }

        return mean;
    }
}
