using ModelTensors.Devices;

namespace DataShapley.Clustering;

/// <summary>Lloyd's iterations from given centroids. Rows whose nearest centroid cannot have changed are skipped, and centroids that did not move.</summary>
/// <remarks>
/// <para>Bounds follow Hamerly 2010 ("Making k-means even faster"): no other centroid is nearer than the second nearest was, less the farthest move since; and
/// where a centroid is nearer than half its distance to the next one, it is the nearest. A row whose own centroid did not come farther away needs to look
/// at those alone that moved: all others were no nearer before.</para>
/// <para>A bound only ever skips what could not win, and what remains is decided by the same distances. So labels and centroids are the same bits without.</para>
/// </remarks>
internal sealed class Lloyd : IDisposable
{
    private const int RowsPerTask = 512;

    // From here on, looking at the moved centroids alone costs more than it saves.
    private const double MostMoved = 0.9;

    // Distances between centroids cost one C²; they pay where an iteration costs a good deal more.
    private const int RowsPerSeparation = 8;

    private enum Work : byte
    {
        None,
        Moved,
        All,
    }

    private readonly CenteredRows _points;
    private readonly KMeansOptions _options;
    private readonly int _clusters;
    private readonly int[] _labels;
    private readonly double[] _squared;
    private readonly double[] _lower;
    private readonly Work[] _work;
    private readonly double[] _centroids;
    private readonly CentroidSearch _search;

    public Lloyd(CenteredRows points, double[] centroids, TensorDevice device, KMeansOptions options)
    {
        _points = points;
        _options = options;
        _clusters = centroids.Length / points.Rows.Dimension;
        _centroids = centroids;
        _labels = new int[points.Rows.Count];
        _squared = new double[points.Rows.Count];
        _lower = new double[points.Rows.Count];
        _work = new Work[points.Rows.Count];
        _search = new CentroidSearch(points, centroids, device);
    }

    /// <summary>Gets how many distances were computed by products.</summary>
    public long Products => _search.Products;

    private EmbeddingRows Rows => _points.Rows;

    /// <summary>Iterates until the labels stay, the centroids hardly move, or the iterations are used up.</summary>
    public ClusterAssignment Run(int requested, IProgress<KMeansProgress>? progress)
    {
        AssignAll();
        ClusterMembers? members = null;
        int iteration = 0;
        bool hasConverged = false;
        while (iteration < _options.Iterations && !hasConverged)
        {
            _points.Parallel.CancellationToken.ThrowIfCancellationRequested();
            iteration++;
            Repair(movesCentroids: false);
            ClusterMembers next = new(_labels, _clusters);
            double[] drifts = MoveCentroids(members, next);
            members = next;
            int changed = Reassign(drifts);
            double shift = drifts.Sum(drift => drift * drift);
            hasConverged = changed == 0 || shift <= _options.Tolerance * _points.MeanVariance;
            progress?.Report(new KMeansProgress(iteration, changed, _squared.Sum()));
        }

        // Each turn lowers the inertia by what the farthest row was away, so they come to an end.
        while (Repair(movesCentroids: true))
        {
            AssignAll();
        }

        return new ClusterAssignment(_labels, _centroids, Rows.Dimension, _squared)
        {
            RequestedClusters = requested,
            Iterations = iteration,
            HasConverged = hasConverged,
        };
    }

    public void Dispose() => _search.Dispose();

    private void AssignAll()
    {
        _search.Load();
        _search.ForEachRow(null, (row, products) => Keep(row, _search.Find(row, products, NearestCentroid.Unknown)));
    }

    private void Keep(int row, NearestCentroid found) => (_labels[row], _squared[row], _lower[row]) = found;

    /// <summary>Gives each empty cluster the row that is farthest from its centroid, the lower index first; from clusters that keep another.</summary>
    private bool Repair(bool movesCentroids)
    {
        int[] sizes = new int[_clusters];
        foreach (int label in _labels)
        {
            sizes[label]++;
        }

        bool isRepaired = false;
        for (int cluster = 0; cluster < _clusters; cluster++)
        {
            if (sizes[cluster] > 0)
            {
                continue;
            }

            int farthest = -1;
            for (int row = 0; row < _labels.Length; row++)
            {
                if (sizes[_labels[row]] > 1 && (farthest < 0 || _squared[row] > _squared[farthest]))
                {
                    farthest = row;
                }
            }

            sizes[_labels[farthest]]--;
            sizes[cluster]++;

            // A negative distance says that nothing is known of the row any more.
            Keep(farthest, new NearestCentroid(cluster, -1, 0));
            if (movesCentroids)
            {
                ClusterMeans.Compute(Rows, [farthest], _centroids.AsSpan(cluster * Rows.Dimension, Rows.Dimension));
            }

            isRepaired = true;
        }

        return isRepaired;
    }

    /// <summary>Moves the centroids of clusters whose members changed to their means.</summary>
    /// <returns>How far each moved.</returns>
    private double[] MoveCentroids(ClusterMembers? before, ClusterMembers now)
    {
        double[] drifts = new double[_clusters];
        _points.ForEachBlock(_clusters, 1, (cluster, _) =>
        {
            if (before is not null && before[cluster].SequenceEqual(now[cluster]))
            {
                return;
            }

            double[] mean = new double[Rows.Dimension];
            ClusterMeans.Compute(Rows, now[cluster], mean);
            drifts[cluster] = Math.Sqrt(PreciseDistance.Squared(mean, _search.Centroid(cluster)));
            mean.CopyTo(_centroids, cluster * Rows.Dimension);
        });
        return drifts;
    }

    /// <summary>Finds the nearest centroids again after they moved.</summary>
    /// <returns>How many labels changed.</returns>
    private int Reassign(double[] drifts)
    {
        int[] moved = [.. Enumerable.Range(0, _clusters).Where(cluster => drifts[cluster] > 0)];
        bool isPartial = _options.UsesBounds && moved.Length < MostMoved * _clusters;
        _search.Load();
        double[]? separations =
            _options.UsesBounds && (long)_clusters * RowsPerSeparation <= Rows.Count && _clusters > 1 ? _search.Separations() : null;
        FindWork(drifts, separations, isPartial);
        int changed = Search(Select(Work.All), isPartial: false);
        if (isPartial && moved.Length > 0)
        {
            _search.Load(moved);
            changed += Search(Select(Work.Moved), isPartial: true);
        }

        return changed;
    }

    private int Search(int[] rows, bool isPartial)
    {
        int changed = 0;
        _search.ForEachRow(rows, (row, products) =>
        {
            int label = _labels[row];
            Keep(row, _search.Find(row, products, new NearestCentroid(label, _squared[row], isPartial ? _lower[row] : double.PositiveInfinity)));
            if (_labels[row] != label)
            {
                Interlocked.Increment(ref changed);
            }
        });
        return changed;
    }

    private int[] Select(Work work) => [.. Enumerable.Range(0, _work.Length).Where(row => _work[row] == work)];

    /// <summary>Says for each row which centroids could be nearer than its own.</summary>
    private void FindWork(double[] drifts, double[]? separations, bool isPartial)
    {
        int farthest = Array.IndexOf(drifts, drifts.Max());
        double most = drifts[farthest];
        double mostOfOthers = drifts.Where((_, cluster) => cluster != farthest).DefaultIfEmpty().Max();
        _points.ForEachBlock(Rows.Count, RowsPerTask, (first, end) =>
        {
            for (int row = first; row < end; row++)
            {
                int own = _labels[row];
                bool isStill = drifts[own] == 0;
                double before = _squared[row];
                double now = isStill && before >= 0 ? before : PreciseDistance.Squared(Rows.Row(row), _search.Centroid(own));
                double distance = Math.Sqrt(now);
                double lower = _lower[row] - ((own == farthest ? mostOfOthers : most) * (1 + NearestCentroid.Slack));
                lower = separations is null ? lower : Math.Max(lower, separations[own] - distance);
                bool isSettled = distance * (1 + NearestCentroid.Slack) < lower * (1 - NearestCentroid.Slack);
                _squared[row] = now;

                // Where the own centroid came no farther, none of those that stayed can be nearer; ties were decided before.
                bool isNoFarther = before >= 0 && (isStill || now < before);
                _work[row] = !_options.UsesBounds ? Work.All : isSettled ? Work.None : isPartial && isNoFarther ? Work.Moved : Work.All;
                if (_work[row] == Work.None)
                {
                    _lower[row] = lower;
                }
            }
        });
    }
}
