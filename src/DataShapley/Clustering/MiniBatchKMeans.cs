using ModelTensors.Devices;

namespace DataShapley.Clustering;

/// <summary>k-means for embeddings that are not held: they are read batch by batch, to learn the centroids and then to assign.</summary>
/// <remarks>
/// Sculley 2010 ("Web-scale k-means clustering"), with batches as they come: each row moves its nearest centroid towards itself by one over the number of rows
/// that centroid has had. The result depends on the batches and the seed, on nothing else. Clusters that get no row in the end are left out.
/// </remarks>
/// <param name="device">Multiplies.</param>
/// <param name="options">The settings; the defaults when null.</param>
public sealed class MiniBatchKMeans(TensorDevice device, MiniBatchOptions? options = null)
{
    private readonly TensorDevice _device = device ?? throw new ArgumentNullException(nameof(device));

    /// <summary>Gets the settings.</summary>
    public MiniBatchOptions Options { get; } = options ?? new MiniBatchOptions();

    /// <summary>Clusters embeddings.</summary>
    /// <param name="read">Reads the batches from the first on; it is called once for each pass and must give the same ones. A batch is used until the next is asked for.</param>
    /// <param name="progress">Hears how many rows were read, over all passes.</param>
    /// <param name="cancellationToken">Stops between blocks of rows.</param>
    /// <returns>The clusters of all rows in the order read; fewer than asked for where the first rows have fewer distinct ones, or clusters got none.</returns>
    /// <exception cref="ArgumentException">There are no batches, or they differ in the number of features.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<ClusterAssignment> ClusterAsync(
        Func<CancellationToken, IAsyncEnumerable<EmbeddingRows>> read, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(read);
        EmbeddingRows sample = await SampleAsync(read(cancellationToken), cancellationToken).ConfigureAwait(false);
        MiniBatchModel model = new(Initialize(sample, cancellationToken), sample.Dimension, _device, Options.Threads);
        long rows = 0;
        for (int pass = 0; pass < Options.Passes; pass++)
        {
            await foreach (EmbeddingRows batch in read(cancellationToken).WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                model.Learn(batch, cancellationToken);
                rows += batch.Count;
                progress?.Report(rows);
            }
        }

        await foreach (EmbeddingRows batch in read(cancellationToken).WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            model.Assign(batch, cancellationToken);
            rows += batch.Count;
            progress?.Report(rows);
        }

        return model.ToAssignment(Options.Clusters, Options.Passes);
    }

    private double[] Initialize(EmbeddingRows sample, CancellationToken cancellationToken)
    {
        KMeansOptions settings = new() { Seed = Options.Seed, Initialization = Options.Initialization };
        using CenteredRows points = new(sample, Options.Threads, cancellationToken);
        return KMeans.Initialize(points, DistinctRows.Count(sample, Options.Clusters), settings, restart: 0);
    }

    private async Task<EmbeddingRows> SampleAsync(IAsyncEnumerable<EmbeddingRows> batches, CancellationToken cancellationToken)
    {
        long wanted = Options.InitialRows > 0 ? Options.InitialRows : 3L * Options.Clusters;
        List<float> values = [];
        int dimension = 0;
        await foreach (EmbeddingRows batch in batches.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            dimension = dimension == 0 ? batch.Dimension : dimension;
            MiniBatchModel.RequireDimension(batch, dimension);
            for (int row = 0; row < batch.Count; row++)
            {
                values.AddRange(batch.Row(row));
            }

            if (values.Count >= wanted * dimension)
            {
                break;
            }
        }

        return dimension > 0
            ? EmbeddingRows.Of(values.ToArray(), dimension)
            : throw new ArgumentException("There are no batches to cluster; give at least one row.", nameof(batches));
    }
}
