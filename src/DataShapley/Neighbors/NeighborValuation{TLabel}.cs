using ModelTensors.Devices;

namespace DataShapley.Neighbors;

/// <summary>Values training rows exactly by what they do for a nearest-neighbour predictor, without training one: the mean over test points of closed forms.</summary>
/// <remarks>
/// Neighbours are ordered by distance, ties to the lower row. A result holds, beside the means, the variance over test points and the standard error
/// of the mean, so that intervals say how far other test points of the same kind may move a value. The same data give the same bits on any
/// number of threads of one device. Distances are never held for more than a block of test points.
/// </remarks>
/// <typeparam name="TLabel">The type of labels.</typeparam>
public abstract record NeighborValuation<TLabel>
    where TLabel : unmanaged
{
    private protected NeighborValuation()
    {
    }

    /// <summary>Gets the name in results.</summary>
    public abstract string Name { get; }

    /// <summary>Gets the metric of neighbours.</summary>
    /// <value>Squared Euclidean by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">There is no such metric.</exception>
    public DistanceMetric Metric
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "There is no such metric.");
    }

    /// <summary>Gets how many of the nearest neighbours of each test point are in the order of exact distances, computed in double where the float ones may be off.</summary>
    /// <value>256 by default; 0 for float distances alone, which the device bounds; <see cref="int.MaxValue"/> for the exact order of all.</value>
    /// <remarks>
    /// Only neighbours whose float distances lie within the error of each other, and whose labels differ, are measured again: costly where data are dense.
    /// Behind them, distances that differ by less than a sixteenth of the error may be in the order of rows. The order behind the first R changes no Shapley value of a classification by more than 2/R.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public int ExactNeighbors
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    } = 256;

    /// <summary>Gets the clock that results are timed with.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    private protected abstract string Settings { get; }

    /// <summary>Values training rows by test points.</summary>
    /// <param name="device">Where distances are computed.</param>
    /// <param name="train">The training rows, at least one.</param>
    /// <param name="test">The test points, at least one.</param>
    /// <param name="progress">Told after each block of test points, from the device's threads.</param>
    /// <param name="cancellationToken">Stops the valuation.</param>
    /// <returns>The values of the training rows.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit together, or there is nothing to value or to test.</exception>
    /// <exception cref="NeighborDataException">A feature is not finite or too large, or a label is missing.</exception>
    /// <exception cref="ValuationException">The game is too large for its closed form.</exception>
    public ValuationResult Value(
        TensorDevice device, NeighborData<TLabel> train, NeighborData<TLabel> test, IProgress<ValuationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(device);
        int rows = CheckData(train, nameof(train), isTest: false);
        int tests = CheckData(test, nameof(test), isTest: true);
        NeighborGame game = Prepare(train.Labels, test.Labels, rows, rows, cancellationToken);
        NeighborPass pass = new(game, rows, tests, progress, Time);
        return Describe(pass.Run(device, train.Features, test.Features, Metric, ExactNeighbors, leavesOut: false, cancellationToken));
    }

    /// <summary>Values rows by each other: each is a test point for all others, and worth nothing to itself.</summary>
    /// <param name="device">Where distances are computed.</param>
    /// <param name="data">The rows, at least two.</param>
    /// <param name="progress">Told after each block of rows, from the device's threads.</param>
    /// <param name="cancellationToken">Stops the valuation.</param>
    /// <returns>The values; means over all rows, the own one counting as zero, so that they sum to the mean utility.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit together, or there are fewer than two rows.</exception>
    /// <exception cref="NeighborDataException">A feature is not finite or too large, or a label is missing.</exception>
    /// <exception cref="ValuationException">The game is too large for its closed form.</exception>
    public ValuationResult ValueByEachOther(
        TensorDevice device, NeighborData<TLabel> data, IProgress<ValuationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(device);
        int rows = CheckData(data, nameof(data), isTest: false);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 2, nameof(data));
        NeighborGame game = Prepare(data.Labels, data.Labels, rows - 1, rows - 1, cancellationToken);
        NeighborPass pass = new(game, rows, rows, progress, Time);
        return Describe(pass.Run(device, data.Features, data.Features, Metric, ExactNeighbors, leavesOut: true, cancellationToken));
    }

    /// <summary>Values training rows by neighbours that are known. Their distances are believed: the metric and <see cref="ExactNeighbors"/> do not count.</summary>
    /// <param name="graph">The neighbours of each test point.</param>
    /// <param name="labels">The labels of the training rows.</param>
    /// <param name="testLabels">The labels of the test points.</param>
    /// <param name="progress">Told after each block of test points.</param>
    /// <param name="cancellationToken">Stops the valuation.</param>
    /// <returns>The values of the training rows.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit together, there is no test point, or the game needs more neighbours.</exception>
    /// <exception cref="NeighborDataException">A neighbour cannot be used, or a label is missing.</exception>
    /// <exception cref="ValuationException">The game is too large for its closed form.</exception>
    public ValuationResult Value(
        NeighborGraph graph, ReadOnlyMemory<TLabel> labels, ReadOnlyMemory<TLabel> testLabels, IProgress<ValuationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(graph);
        if (labels.Length != graph.RowCount || testLabels.Length != graph.TestCount || graph.TestCount == 0)
        {
            throw new ArgumentException(
                $"{labels.Length} labels and {testLabels.Length} of test points do not belong to {graph.RowCount} rows and {graph.TestCount} test points, of which there is at least one.", nameof(labels));
        }

        CheckLabels(labels.Span, isTest: false);
        CheckLabels(testLabels.Span, isTest: true);
        NeighborGame game = Prepare(labels, testLabels, graph.RowCount, graph.NeighborsPerTest, cancellationToken);
        if (game.Needed > graph.NeighborsPerTest)
        {
            throw new ArgumentException($"{Name} needs {game.Needed} neighbours of each test point: the graph has {graph.NeighborsPerTest}.", nameof(graph));
        }

        return Describe(new NeighborPass(game, graph.RowCount, graph.TestCount, progress, Time).Run(graph, cancellationToken));
    }

    private protected abstract void CheckLabels(ReadOnlySpan<TLabel> labels, bool isTest);

    private protected abstract NeighborGame Prepare(
        ReadOnlyMemory<TLabel> labels, ReadOnlyMemory<TLabel> tests, int players, int available, CancellationToken cancellationToken);

    private protected static void CheckClasses(ReadOnlySpan<int> labels, bool isTest)
    {
        int missing = labels.IndexOfAnyInRange(int.MinValue, -1);
        if (missing >= 0)
        {
            throw new NeighborDataException(
                NeighborDataProblem.MissingLabel, isTest, missing,
                $"{(isTest ? "Test" : "Training")} row {missing} has the class {labels[missing]}: classes are 0 or more. Label the row or leave it out.");
        }
    }

    private protected static int CountClasses(ReadOnlySpan<int> labels, ReadOnlySpan<int> tests)
    {
        HashSet<int> classes = [.. labels];
        classes.UnionWith(tests.ToArray());
        return classes.Count;
    }

    private int CheckData(NeighborData<TLabel> data, string name, bool isTest)
    {
        ArgumentNullException.ThrowIfNull(data, name);
        if (data.Features.Rows != data.Labels.Length || data.Labels.Length == 0)
        {
            throw new ArgumentException($"There is a label for each row, and at least one row: {data.Labels.Length} labels, features of {data.Features}.", name);
        }

        CheckLabels(data.Labels.Span, isTest);
        return data.Labels.Length;
    }

    private ValuationResult Describe(ValuationResult result) => result with { Estimator = Name, Settings = Settings };
}
