using ModelTensors;

namespace DataShapley.Clustering;

/// <summary>There are more embeddings than agglomerative clustering may hold the distances of.</summary>
public sealed class TooManyRowsException : ModelDataException
{
    internal TooManyRowsException(int rows, int maximum)
        : base(
            $"{rows} rows to agglomerate, at most {maximum} are allowed: the distances would take {rows * (rows - 1L) * (sizeof(double) / 2) >> 20} MiB. "
            + $"Set {nameof(AgglomerativeOptions.MicroClusters)} to cluster by k-means first, or raise {nameof(AgglomerativeOptions.MaximumRows)}.")
    {
        Rows = rows;
        Maximum = maximum;
    }

    /// <summary>Gets the number of rows.</summary>
    public int Rows { get; }

    /// <summary>Gets the most that were allowed.</summary>
    public int Maximum { get; }
}
