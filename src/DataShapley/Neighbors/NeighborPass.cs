using System.Collections.Concurrent;
using ModelTensors.Devices;

namespace DataShapley.Neighbors;

/// <summary>Plays a game of neighbours over all test points, a block of them at a time; what is held are blocks × rows, never all test points × rows.</summary>
/// <remarks>Blocks depend on the data alone and are added in order: so the values are the same bits on any number of threads.</remarks>
internal sealed class NeighborPass(NeighborGame game, int rows, long tests, IProgress<ValuationProgress>? progress, TimeProvider time)
{
    // A block of distances is worth one reading of all rows.
    private const int LargestBlock = 48;
    private const int SmallestBlock = 12;
    private const long LargestBlockBytes = 32L << 20;

    // Threads that end early wait for the last blocks: the more there are, the shorter.
    private const int LeastBlocks = 24;

    private readonly NeighborTotals _totals = new(rows);
    private readonly ConcurrentDictionary<int, (NeighborWork Work, ExactDistances Exact)> _workers = [];
    private readonly long _start = time.GetTimestamp();

    /// <summary>Computes distances and plays.</summary>
    /// <param name="device">Where distances are computed.</param>
    /// <param name="train">The features of the rows.</param>
    /// <param name="test">The features of the test points.</param>
    /// <param name="metric">The metric.</param>
    /// <param name="exactNeighbors">How many of the nearest are in exact order.</param>
    /// <param name="leavesOut">Whether test point i is row i, and not a neighbour of itself.</param>
    /// <param name="cancellationToken">Stops the pass.</param>
    public ValuationResult Run(
        TensorDevice device, Matrix train, Matrix test, DistanceMetric metric, int exactNeighbors, bool leavesOut, CancellationToken cancellationToken)
    {
        NeighborFeatures.Check(train, isTest: false, cancellationToken);
        if (!leavesOut)
        {
            NeighborFeatures.Check(test, isTest: true, cancellationToken);
        }

        int block = ChooseBlock();
        device.ForEachDistanceTile(test, train, metric, Take, new DistanceOptions { QueriesPerTile = block }, cancellationToken);
        return Result();

        void Take(DistanceTile tile)
        {
            (NeighborWork work, ExactDistances exact) = _workers.GetOrAdd(
                tile.Worker, static (_, data) => (new NeighborWork(), new ExactDistances(data.test, data.train, data.metric)), (test, train, metric));
            ValueSum[] sums = _totals.Rent();
            for (int query = 0; query < tile.QueryCount; query++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int point = (int)tile.FirstQuery + query;
                Play(point, tile.Row(query), tile.ErrorBound(query), exactNeighbors, leavesOut ? point : -1, exact, sums, work);
            }

            Finish(tile.FirstQuery / block, sums, tile.QueryCount);
        }
    }

    /// <summary>Plays with neighbours that are known.</summary>
    public ValuationResult Run(NeighborGraph graph, CancellationToken cancellationToken)
    {
        NeighborWork work = new();
        int[] lastSeen = new int[rows];
        int count = graph.NeighborsPerTest;
        RankedNeighbor[] ranked = new RankedNeighbor[count];
        int[] order = new int[count];
        double[] distances = new double[count];
        int block = ChooseBlock();
        for (int first = 0; first < tests; first += block)
        {
            ValueSum[] sums = _totals.Rent();
            int end = (int)Math.Min(first + block, tests);
            for (int test = first; test < end; test++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                graph.Read(test, ranked, lastSeen);
                Split(ranked, order, distances);
                game.Add(test, order, distances, sums, work);
            }

            Finish(first / block, sums, end - first);
        }

        return Result();
    }

    private static void Split(ReadOnlySpan<RankedNeighbor> ranked, Span<int> order, Span<double> distances)
    {
        for (int i = 0; i < ranked.Length; i++)
        {
            (distances[i], order[i]) = ranked[i];
        }
    }

    private int ChooseBlock()
    {
        long fitting = LargestBlockBytes / sizeof(float) / rows;
        long shared = (tests + LeastBlocks - 1) / LeastBlocks;
        return (int)Math.Clamp(Math.Min(fitting, shared), SmallestBlock, LargestBlock) / SmallestBlock * SmallestBlock;
    }

    private void Play(
        int test, Span<float> distances, float bound, int exactNeighbors, int leftOut, ExactDistances exact, ValueSum[] sums, NeighborWork work)
    {
        if (game is ThresholdGame threshold)
        {
            PlayThreshold(threshold, test, distances, bound, leftOut, exact, sums, work);
            return;
        }

        if (game.NeedsDistances)
        {
            PlayExactly(test, leftOut, exact, sums, work);
            return;
        }

        Span<int> order = work.Order(rows);
        RadixOrder radix = work.Radix(rows);
        int left = leftOut < 0 ? 0 : 1;
        int needed = Math.Min(game.Needed + left, rows);
        if (needed < rows)
        {
            order = order[..radix.SortLeast(distances, needed, 2.0 * bound, order)];
        }
        else
        {
            radix.Sort(distances, order, NearTies.Coarseness * bound);
        }

        if (leftOut >= 0 && order.IndexOf(leftOut) is >= 0 and int place)
        {
            order[(place + 1)..].CopyTo(order[place..]);
            order = order[..^1];
        }

        if (exactNeighbors > 0)
        {
            NearTies.Resolve(game, test, order, distances, bound, Math.Min(exactNeighbors, game.Needed), exact, work);
        }

        game.Add(test, order, [], sums, work);
    }

    private void PlayExactly(int test, int leftOut, ExactDistances exact, ValueSum[] sums, NeighborWork work)
    {
        exact.MoveTo(test);
        Span<RankedNeighbor> ranked = work.Ranked(rows);
        int count = 0;
        for (int row = 0; row < rows; row++)
        {
            if (row != leftOut)
            {
                ranked[count++] = new RankedNeighbor(exact.To(row), row);
            }
        }

        ranked = ranked[..count];
        RankedNeighbor.Sort(ranked);
        Span<int> order = work.Order(count);
        double[] distances = new double[count];
        Split(ranked, order, distances);
        game.Add(test, order, distances, sums, work);
    }

    private void PlayThreshold(
        ThresholdGame threshold, int test, Span<float> distances, float bound, int leftOut, ExactDistances exact, ValueSum[] sums, NeighborWork work)
    {
        // Whoever is surely inside counts, whoever is surely outside does not; the few between are measured exactly. Without branches, which half of
        // the rows would mispredict, and a NaN for the row that is left out, which is in no range.
        double sure = threshold.Radius - bound;
        double possible = threshold.Radius + bound;
        if (leftOut >= 0)
        {
            distances[leftOut] = float.NaN;
        }

        Span<int> inside = work.Order(rows);
        Span<int> near = work.Near(rows);
        int count = 0;
        int nearCount = 0;
        for (int row = 0; row < distances.Length; row++)
        {
            double distance = distances[row];
            inside[count] = row;
            count += distance <= sure ? 1 : 0;
            near[nearCount] = row;
            nearCount += (distance > sure) & (distance <= possible) ? 1 : 0;
        }

        if (nearCount > 0)
        {
            exact.MoveTo(test);
        }

        foreach (int row in near[..nearCount])
        {
            if (exact.To(row) <= threshold.Radius)
            {
                inside[count++] = row;
            }
        }

        threshold.AddInside(test, inside[..count], sums);
    }

    private void Finish(long block, ValueSum[] sums, int count)
    {
        long done = _totals.Add(block, sums, count);
        progress?.Report(new ValuationProgress(done, 0, done / (double)tests, time.GetElapsedTime(_start)));
    }

    private ValuationResult Result()
    {
        long count = _totals.Count;
        double[] variances = [.. _totals.Squares.Select(square => count < 2 ? double.NaN : square / (count - 1))];
        double[] freedom = new double[rows];
        Array.Fill(freedom, count - 1.0);
        long[] counts = new long[rows];
        Array.Fill(counts, count);
        return new ValuationResult(_totals.Means, [.. variances.Select(variance => count < 2 ? double.PositiveInfinity : Math.Sqrt(variance / count))], counts)
        {
            Variances = variances,
            DegreesOfFreedom = freedom,
            Facts = new SortedDictionary<string, double>(game.Facts.ToDictionary(StringComparer.Ordinal), StringComparer.Ordinal),
            Draws = count,
            Elapsed = time.GetElapsedTime(_start),
        };
    }
}
