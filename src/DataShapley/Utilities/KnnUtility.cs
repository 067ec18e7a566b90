using DataShapley.Datasets;
using DataShapley.Games;

namespace DataShapley.Utilities;

/// <summary>How well the K nearest training points that are present name the class of test points: the mean over these of the share of K neighbours that have their class.</summary>
/// <remarks>
/// <para>The share is of K, also where fewer points are present, so that nobody is worth 0. Distances are Euclidean in double; ties go to the lower index. It is the utility of the closed
/// forms for nearest neighbours (Jia et al. 2019), for estimators and checks.</para>
/// <para>Hits are counted in integers: growing and evaluating anew give the same bits. It takes two orders of all training points for each test point, 8 bytes for each pair.</para>
/// </remarks>
public sealed class KnnUtility : IIncrementalUtility
{
    private readonly int[] _trainLabels;
    private readonly int[] _testLabels;
    private readonly int[][] _orders;
    private readonly Lazy<int[][]> _ranks;
    private readonly int _neighbors;

    /// <summary>Creates the utility; it takes the time of a sort of all training points for each test point.</summary>
    /// <param name="train">The training points, each a player.</param>
    /// <param name="test">The test points, of as many features.</param>
    /// <param name="neighbors">K, 1 or more; it may be more than there are points.</param>
    /// <exception cref="ArgumentException">The numbers of features differ.</exception>
    public KnnUtility(LabeledPoints train, LabeledPoints test, int neighbors = 5)
    {
        LabeledPoints.CheckPair(train, test);
        ArgumentOutOfRangeException.ThrowIfLessThan(neighbors, 1);
        _neighbors = neighbors;
        _trainLabels = train.Labels.ToArray();
        _testLabels = test.Labels.ToArray();
        _orders = new int[test.Count][];
        Parallel.For(0, test.Count, point => _orders[point] = Order(train, test, point));
        _ranks = new Lazy<int[][]>(Ranks);
        using UtilityFingerprint fingerprint = new();
        train.AddTo(fingerprint);
        test.AddTo(fingerprint);
        Id = fingerprint.Add(neighbors).Finish("knn");
    }

    /// <inheritdoc />
    public string Id { get; }

    /// <inheritdoc />
    public int PlayerCount => _trainLabels.Length;

    /// <summary>Gets [0, 1].</summary>
    public UtilityRange? Range => UtilityRange.Unit;

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<double>> EvaluateAsync(IReadOnlyList<UtilityRequest> requests, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        double[] values = new double[requests.Count];
        for (int i = 0; i < values.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            values[i] = Evaluate(requests[i].Coalition);
        }

        return new ValueTask<IReadOnlyList<double>>(values);
    }

    /// <inheritdoc />
    public IGrowingCoalition Begin(ulong seed) => new Growing(this);

    private static int[] Order(LabeledPoints train, LabeledPoints test, int point)
    {
        ReadOnlySpan<float> own = test.Features.Span.Slice(point * test.Dimension, test.Dimension);
        double[] distances = new double[train.Count];
        int[] order = new int[train.Count];
        for (int i = 0; i < distances.Length; i++)
        {
            ReadOnlySpan<float> other = train.Features.Span.Slice(i * train.Dimension, train.Dimension);
            double sum = 0;
            for (int j = 0; j < own.Length; j++)
            {
                double difference = (double)own[j] - other[j];
                sum = Math.FusedMultiplyAdd(difference, difference, sum);
            }

            distances[i] = sum;
            order[i] = i;
        }

        Array.Sort(distances, order);

        // The sort is not stable: points at one distance are put in the order of their indices afterwards.
        for (int start = 0, end; start < order.Length; start = end)
        {
            for (end = start + 1; end < order.Length && distances[end].Equals(distances[start]); end++)
            {
            }

            Array.Sort(order, start, end - start);
        }

        return order;
    }

    // By training point, so that one that joins reads its ranks for all test points in a row.
    private int[][] Ranks()
    {
        int[][] ranks = new int[PlayerCount][];
        for (int player = 0; player < ranks.Length; player++)
        {
            ranks[player] = new int[_orders.Length];
        }

        for (int point = 0; point < _orders.Length; point++)
        {
            for (int rank = 0; rank < _orders[point].Length; rank++)
            {
                ranks[_orders[point][rank]][point] = rank;
            }
        }

        return ranks;
    }

    private double Evaluate(Coalition coalition)
    {
        ReadOnlySpan<ulong> words = coalition.Words;
        int wanted = Math.Min(_neighbors, coalition.Size);
        long hits = 0;
        for (int point = 0; point < _orders.Length; point++)
        {
            int found = 0;
            int[] order = _orders[point];
            for (int rank = 0; found < wanted; rank++)
            {
                int player = order[rank];
                int isPresent = (int)(words[player / Coalition.WordBits] >> (player % Coalition.WordBits) & 1);
                found += isPresent;
                hits += _trainLabels[player] == _testLabels[point] ? isPresent : 0;
            }
        }

        return Value(hits);
    }

    private double Value(long hits) => hits / ((double)_neighbors * _testLabels.Length);

    /// <summary>Keeps the ranks of the nearest K that joined, ascending, for each test point.</summary>
    private sealed class Growing : IGrowingCoalition
    {
        private readonly KnnUtility _utility;
        private readonly int[][] _ranks;
        private readonly int[] _nearest;
        private readonly int _kept;
        private long _hits;
        private int _size;

        public Growing(KnnUtility utility)
        {
            _utility = utility;
            _ranks = utility._ranks.Value;
            _kept = Math.Min(utility._neighbors, utility.PlayerCount);
            _nearest = new int[checked(_kept * utility._testLabels.Length)];
        }

        public double Add(int player)
        {
            int[] ranks = _ranks[player];
            int label = _utility._trainLabels[player];
            int known = Math.Min(_size, _kept);
            for (int point = 0; point < ranks.Length; point++)
            {
                Span<int> nearest = _nearest.AsSpan(point * _kept, _kept);
                int rank = ranks[point];
                if (known == _kept)
                {
                    if (rank > nearest[_kept - 1])
                    {
                        continue;
                    }

                    int farthest = _utility._orders[point][nearest[_kept - 1]];
                    _hits -= _utility._trainLabels[farthest] == _utility._testLabels[point] ? 1 : 0;
                }

                int place = Math.Min(known, _kept - 1);
                for (; place > 0 && nearest[place - 1] > rank; place--)
                {
                    nearest[place] = nearest[place - 1];
                }

                nearest[place] = rank;
                _hits += label == _utility._testLabels[point] ? 1 : 0;
            }

            _size++;
            return _utility.Value(_hits);
        }
    }
}
