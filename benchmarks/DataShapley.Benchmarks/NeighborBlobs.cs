using DataShapley.Games;

namespace DataShapley.Benchmarks;

/// <summary>A K-nearest-neighbours classifier on drawn points of overlapping classes, some with wrong labels: its utility by evaluation, and its Shapley values by the recursion of Jia et al. (PVLDB 2019).</summary>
internal sealed class NeighborBlobs : IUtility
{
    private const int Classes = 4;
    private const int Dimensions = 8;
    private const double Spread = 1.3;
    private const double WrongLabels = 0.15;

    private readonly int[][] _orders;
    private readonly int[] _labels;
    private readonly int[] _testLabels;
    private readonly int _neighbors;
    private readonly double _noise;

    public NeighborBlobs(int players, int testPoints, int neighbors, double noise, ulong seed)
    {
        RandomStreams random = new(seed, "blobs");
        RandomSequence centres = random.At(0);
        double[][] means = [.. Enumerable.Range(0, Classes).Select(_ => Normals(centres, Dimensions))];
        (double[][] points, int[] labels) = Points(random.At(1), means, players);
        (double[][] tests, _testLabels) = Points(random.At(2), means, testPoints);
        RandomSequence flips = random.At(3);
        _labels = [.. labels.Select(label => flips.NextDouble() < WrongLabels ? (label + 1 + flips.NextBelow(Classes - 1)) % Classes : label)];
        _orders = new int[testPoints][];
        Parallel.For(0, testPoints, t =>
        {
            // A stable sort: ties go to the lower index.
            double[] distances = [.. points.Select(point => Distance(point, tests[t]))];
            _orders[t] = [.. Enumerable.Range(0, players).OrderBy(i => distances[i])];
        });
        _neighbors = neighbors;
        _noise = noise;
        PlayerCount = players;
        Id = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"blobs of {players} points, seed {seed}, noise {noise}");
    }

    public string Id { get; }

    public int PlayerCount { get; }

    public bool IsDeterministic => _noise == 0;

    public ValueTask<IReadOnlyList<double>> EvaluateAsync(IReadOnlyList<UtilityRequest> requests, CancellationToken cancellationToken = default) =>
        new([.. requests.Select(request => ValueOf(request.Coalition) + (_noise == 0 ? 0 : _noise * new RandomStreams(request.Seed, "noise").At(0).NextGaussian()))]);

    /// <summary>The mean over test points of <c>s_N = e_N / max(K, N)</c>, <c>s_i = s_{i+1} + (e_i − e_{i+1}) / max(K, i)</c>, nearest first.</summary>
    public double[] Exact()
    {
        double[] values = new double[PlayerCount];
        for (int t = 0; t < _orders.Length; t++)
        {
            int[] order = _orders[t];
            double value = Match(order[^1], t) / Math.Max(_neighbors, order.Length);
            values[order[^1]] += value / _orders.Length;
            for (int i = order.Length - 1; i >= 1; i--)
            {
                value += (Match(order[i - 1], t) - Match(order[i], t)) / Math.Max(_neighbors, i);
                values[order[i - 1]] += value / _orders.Length;
            }
        }

        return values;
    }

    private double ValueOf(Coalition coalition)
    {
        ReadOnlySpan<ulong> words = coalition.Words;
        long matches = 0;
        for (int t = 0; t < _orders.Length; t++)
        {
            int present = 0;
            foreach (int player in _orders[t])
            {
                if ((words[player >> 6] >> (player & 63) & 1) == 0)
                {
                    continue;
                }

                matches += _labels[player] == _testLabels[t] ? 1 : 0;
                if (++present == _neighbors)
                {
                    break;
                }
            }
        }

        return (double)matches / _neighbors / _orders.Length;
    }

    private double Match(int player, int test) => _labels[player] == _testLabels[test] ? 1 : 0;

    private static (double[][] Points, int[] Labels) Points(RandomSequence random, double[][] means, int count)
    {
        double[][] points = new double[count][];
        int[] labels = new int[count];
        for (int i = 0; i < count; i++)
        {
            labels[i] = random.NextBelow(Classes);
            points[i] = [.. Normals(random, Dimensions).Zip(means[labels[i]], (noise, mean) => mean + (Spread * noise))];
        }

        return (points, labels);
    }

    private static double[] Normals(RandomSequence random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextGaussian())];

    private static double Distance(double[] one, double[] other) => one.Zip(other, (a, b) => (a - b) * (a - b)).Sum();
}
