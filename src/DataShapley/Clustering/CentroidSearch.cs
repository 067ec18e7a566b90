using ModelTensors;
using ModelTensors.Devices;

namespace DataShapley.Clustering;

/// <summary>Finds nearest centroids: products in float by the device sort out nearly all, double decides between those too near to each other.</summary>
/// <remarks>
/// The label is that of the least <see cref="PreciseDistance"/>, and of the lower cluster where two are equal: what the product's rounding leaves open is
/// computed again (<see cref="CenteredRows.Margin"/>). So labels depend neither on the device, nor on blocks or threads, nor on which centroids were skipped.
/// </remarks>
internal sealed class CentroidSearch : IDisposable
{
    // 32 MiB of products: fewer blocks pack the centroids less often, larger ones gain no more.
    private const int ProductsPerBlock = 1 << 23;
    private const int SmallestBlock = 256;
    private const int LargestBlock = 8192;
    private const int RowsPerTask = 32;

    private readonly CenteredRows _points;
    private readonly TensorDevice _device;
    private readonly int _clusters;
    private readonly int _block;
    private readonly HostTensor _columns;
    private readonly HostTensor _products;
    private readonly HostTensor _gathered;
    private readonly double[] _centroids;
    private readonly float[] _halfNorms;
    private readonly double[] _norms;
    private int[]? _subset;
    private int _count;
    private double _largestNorm;

    public CentroidSearch(CenteredRows points, double[] centroids, TensorDevice device)
    {
        int dimension = points.Rows.Dimension;
        _points = points;
        _device = device;
        _centroids = centroids;
        _clusters = centroids.Length / dimension;
        _block = Math.Min(points.Rows.Count, Math.Clamp(ProductsPerBlock / _clusters, SmallestBlock, LargestBlock));
        _columns = new HostTensor(DataType.F32, new TensorShape(_clusters, dimension));
        _products = new HostTensor(DataType.F32, new TensorShape(_block, _clusters));
        _gathered = new HostTensor(DataType.F32, new TensorShape(_block, dimension));
        _halfNorms = new float[_clusters];
        _norms = new double[_clusters];
    }

    /// <summary>Works on one row's products with the loaded centroids.</summary>
    public delegate void ProductConsumer(int row, Span<float> products);

    /// <summary>Gets how many distances were computed so far by products.</summary>
    public long Products { get; private set; }

    /// <summary>Loads centroids to compare with, as they are now.</summary>
    /// <param name="subset">Which, ascending; all of them when null.</param>
    public void Load(int[]? subset = null)
    {
        int dimension = _points.Rows.Dimension;
        _subset = subset;
        _count = subset?.Length ?? _clusters;
        _points.ForEachBlock(_count, RowsPerTask, (first, end) =>
        {
            for (int column = first; column < end; column++)
            {
                double squared = _points.Center(Centroid(Cluster(column)), _columns.AsSpan<float>((long)column * dimension, dimension));
                _halfNorms[column] = (float)(squared / 2);
                _norms[column] = Math.Sqrt(squared);
            }
        });
        _largestNorm = _norms.AsSpan(0, _count).ToArray().Max();
    }

    /// <summary>Gives the products of rows with the loaded centroids to a consumer, which runs on several threads.</summary>
    /// <param name="rows">Which rows; all of them when null.</param>
    /// <param name="consumer">Is called once for each row.</param>
    public void ForEachRow(int[]? rows, ProductConsumer consumer)
    {
        int dimension = _points.Rows.Dimension;
        int total = rows?.Length ?? _points.Rows.Count;

        // All rows are where they are; some are gathered.
        rows = total == _points.Rows.Count ? null : rows;
        Matrix columns = Matrix.Of(_columns).Block(0, 0, _count, dimension).Transposed;
        for (int start = 0; start < total; start += _block)
        {
            int first = start;
            int count = Math.Min(_block, total - first);
            Matrix left = rows is null ? _points.Matrix.Block(first, 0, count, dimension) : Gather(rows.AsSpan(first, count).ToArray());
            _device.MatMul(
                left, columns, Matrix.Of(_products).Block(0, 0, count, _count), cancellationToken: _points.Parallel.CancellationToken);
            _points.ForEachBlock(count, RowsPerTask, (from, end) =>
            {
                for (int row = from; row < end; row++)
                {
                    consumer(rows is null ? first + row : rows[first + row], _products.AsSpan<float>((long)row * _clusters, _count));
                }
            });
            Products += (long)count * _count;
        }
    }

    /// <summary>Finds the nearest centroid of a row among those loaded and the one it has.</summary>
    /// <param name="row">The row.</param>
    /// <param name="products">The row's products; overwritten.</param>
    /// <param name="known">The centroid that the row has, and a bound that holds for all others that are not loaded.</param>
    public NearestCentroid Find(int row, Span<float> products, NearestCentroid known)
    {
        double norm = _points.SquaredNorms[row];
        double margin = _points.Margin(Math.Sqrt(norm), _largestNorm);
        (float least, float second) = ScoreRow.Score(products, _halfNorms);
        int winner = known.Label;
        double squared = known.Squared;

        // Any nearer centroid scores within two margins of the least, and within one of what the row has.
        double limit = Math.Min(least + (2 * margin), (((squared * (1 + NearestCentroid.Slack)) - norm) / 2) + margin);
        float bound = MathF.BitIncrement((float)limit);
        for (int column = -1; (column = ScoreRow.NextWithin(products, bound, column + 1)) >= 0;)
        {
            int cluster = Cluster(column);
            if (cluster == known.Label)
            {
                continue;
            }

            double distance = PreciseDistance.Squared(_points.Rows.Row(row), Centroid(cluster));
            if (distance < squared || (distance == squared && cluster < winner))
            {
                (winner, squared) = (cluster, distance);
            }
        }

        float other = Cluster(products.IndexOf(least)) == winner ? second : least;
        double lower = Math.Min(known.Lower, Math.Sqrt(Math.Max(0, norm + (2 * (other - margin)))));
        return new NearestCentroid(winner, squared, winner == known.Label || known.Label < 0 ? lower : Math.Min(lower, Math.Sqrt(known.Squared)));
    }

    /// <summary>Bounds from below how far each loaded centroid is from the nearest other one; all must be loaded.</summary>
    public double[] Separations()
    {
        double[] separations = new double[_clusters];
        Matrix columns = Matrix.Of(_columns);
        for (int start = 0; start < _clusters; start += _block)
        {
            int first = start;
            int count = Math.Min(_block, _clusters - first);
            _device.MatMul(
                columns.Block(first, 0, count, _points.Rows.Dimension), columns.Transposed, Matrix.Of(_products).Block(0, 0, count, _clusters),
                cancellationToken: _points.Parallel.CancellationToken);
            _points.ForEachBlock(count, RowsPerTask, (from, end) =>
            {
                for (int row = from; row < end; row++)
                {
                    Span<float> products = _products.AsSpan<float>((long)row * _clusters, _clusters);
                    double norm = _norms[first + row];

                    // A centroid is not its own neighbour.
                    products[first + row] = float.NegativeInfinity;
                    float least = ScoreRow.Score(products, _halfNorms).Least;
                    separations[first + row] = Math.Sqrt(Math.Max(0, (norm * norm) + (2 * (least - _points.Margin(norm, _largestNorm)))));
                }
            });
            Products += (long)count * _clusters;
        }

        return separations;
    }

    public ReadOnlySpan<double> Centroid(int cluster) => _centroids.AsSpan(cluster * _points.Rows.Dimension, _points.Rows.Dimension);

    public void Dispose()
    {
        _columns.Dispose();
        _products.Dispose();
        _gathered.Dispose();
    }

    private int Cluster(int column) => _subset is null ? column : _subset[column];

    private Matrix Gather(int[] rows)
    {
        int dimension = _points.Rows.Dimension;
        _points.ForEachBlock(rows.Length, RowsPerTask, (first, end) =>
        {
            for (int row = first; row < end; row++)
            {
                _points.Row(rows[row]).CopyTo(_gathered.AsSpan<float>((long)row * dimension, dimension));
            }
        });
        return Matrix.Of(_gathered).Block(0, 0, rows.Length, dimension);
    }
}
