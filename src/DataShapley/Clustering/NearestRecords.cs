using ModelTensors;
using ModelTensors.Devices;

namespace DataShapley.Clustering;

/// <summary>Finds the records nearest to each centroid among all of them: products in float sort out nearly all, double decides between the rest.</summary>
internal static class NearestRecords
{
    // 64 MiB: each block of centroids packs all records anew, so blocks are large.
    private const int ProductsPerBlock = 1 << 24;

    public static List<Proxy> Find(
        EmbeddingRows rows, ClusterAssignment assignment, TensorDevice device, ProxyOptions options, CancellationToken cancellationToken)
    {
        using CenteredRows points = new(rows, options.Threads, cancellationToken);
        float[] halfNorms = Array.ConvertAll(points.SquaredNorms, norm => (float)(norm / 2));
        int block = Math.Clamp(ProductsPerBlock / rows.Count, 1, assignment.Clusters);
        using HostTensor centroids = new(DataType.F32, new TensorShape(block, rows.Dimension));
        using HostTensor products = new(DataType.F32, new TensorShape(block, rows.Count));
        Proxy[][] found = new Proxy[assignment.Clusters][];
        double[] norms = new double[block];
        for (int start = 0; start < assignment.Clusters; start += block)
        {
            int first = start;
            int count = Math.Min(block, assignment.Clusters - first);
            for (int index = 0; index < count; index++)
            {
                Span<float> centered = centroids.AsSpan<float>((long)index * rows.Dimension, rows.Dimension);
                norms[index] = Math.Sqrt(points.Center(assignment.Centroid(first + index), centered));
            }

            device.MatMul(
                Matrix.Of(centroids).Block(0, 0, count, rows.Dimension), points.Matrix.Transposed, Matrix.Of(products).Block(0, 0, count, rows.Count),
                cancellationToken: cancellationToken);
            points.ForEachBlock(count, 1, (index, _) =>
            {
                Span<float> scores = products.AsSpan<float>((long)index * rows.Count, rows.Count);
                float least = ScoreRow.Score(scores, halfNorms).Least;
                double worst = options.PerCluster == 1 ? least : Worst(scores, options.PerCluster);
                found[first + index] = Decide(points, assignment, first + index, scores, worst + (2 * points.Margin(points.LargestNorm, norms[index])), options.PerCluster);
            });
        }

        return [.. found.SelectMany(proxies => proxies)];
    }

    /// <summary>Returns the score of the last of the best few.</summary>
    private static float Worst(ReadOnlySpan<float> scores, int count)
    {
        PriorityQueue<float, float> best = new(count + 1);
        foreach (float score in scores)
        {
            // The queue gives out the least priority first: the largest score is to go.
            if (best.Count < count)
            {
                best.Enqueue(score, -score);
            }
            else if (score < best.Peek())
            {
                best.EnqueueDequeue(score, -score);
            }
        }

        return best.Peek();
    }

    private static Proxy[] Decide(CenteredRows points, ClusterAssignment assignment, int cluster, ReadOnlySpan<float> scores, double limit, int count)
    {
        List<(int Record, double Squared)> candidates = [];
        float bound = MathF.BitIncrement((float)limit);
        for (int record = -1; (record = ScoreRow.NextWithin(scores, bound, record + 1)) >= 0;)
        {
            candidates.Add((record, PreciseDistance.Squared(points.Rows.Row(record), assignment.Centroid(cluster))));
        }

        // Ordering is stable and records ascend: the lower index wins.
        return [.. candidates.OrderBy(candidate => candidate.Squared).Take(count).Select(candidate => new Proxy(cluster, candidate.Record, Math.Sqrt(candidate.Squared)))];
    }
}
