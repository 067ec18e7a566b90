using System.Buffers;
using DataShapley.Datasets;
using DataShapley.Games;

namespace DataShapley.Utilities;

/// <summary>What a regression gains from training points: ridge regression with an intercept, solved in closed form for a coalition and measured on test points.</summary>
/// <remarks>A value is a function of the coalition alone, the same bits on any number of threads. Nobody predicts 0. It takes time in points × features².</remarks>
public sealed class LinearProbeUtility : IUtility
{
    // 32 MB for each evaluation under way.
    private const int MostParameters = 2048;

    private readonly LinearProbeOptions _options;
    private readonly FeatureMatrix _train;
    private readonly FeatureMatrix _test;
    private readonly double[] _trainTargets;
    private readonly double[] _testTargets;
    private readonly double _targetShift;
    private readonly double _testSquares;

    /// <summary>Creates the utility.</summary>
    /// <param name="train">The training points, each a player.</param>
    /// <param name="test">The points that the regression is measured on, of as many features.</param>
    /// <param name="options">The settings; the defaults when null.</param>
    /// <exception cref="ArgumentException">The numbers of features differ, there are more than 2044, or R² is asked for and all test points have one target.</exception>
    public LinearProbeUtility(TargetPoints train, TargetPoints test, LinearProbeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(test);
        if (train.Dimension != test.Dimension || train.Dimension > MostParameters - 4)
        {
            throw new ArgumentException($"Test points have {test.Dimension} features, training points {train.Dimension}: as many, and at most {MostParameters - 4}.", nameof(test));
        }

        _options = options ?? new LinearProbeOptions();

        // The intercept takes up any shift, so that means may be left out: what remains loses fewer digits.
        double[] shift = MeansOf(train.Features.Span, train.Dimension);
        _targetShift = MeansOf(train.Targets.Span, 1)[0];
        _train = new FeatureMatrix(train.Features.Span, train.Dimension, shift);
        _test = new FeatureMatrix(test.Features.Span, test.Dimension, shift);
        _trainTargets = [.. train.Targets.ToArray().Select(target => target - _targetShift)];
        _testTargets = [.. test.Targets.ToArray()];
        double mean = _testTargets.Sum() / _testTargets.Length;
        _testSquares = _testTargets.Sum(target => (target - mean) * (target - mean));
        if (_options.Score == RegressionScore.Determination && !(_testSquares > 0))
        {
            throw new ArgumentException("All test points have one target: R² needs two or more. Measure the squared error instead.", nameof(test));
        }

        using UtilityFingerprint fingerprint = new();
        train.AddTo(fingerprint);
        test.AddTo(fingerprint);
        Id = fingerprint.Add(_options.Ridge).Add((long)_options.Score).Finish("linear-probe");
    }

    /// <inheritdoc />
    public string Id { get; }

    /// <inheritdoc />
    public int PlayerCount => _trainTargets.Length;

    /// <inheritdoc />
    /// <exception cref="UtilityException">The ridge is too small beside the features for the system to be solved in double.</exception>
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

    private static double[] MeansOf(ReadOnlySpan<float> values, int dimension)
    {
        double[] means = new double[dimension];
        for (int i = 0; i < values.Length; i++)
        {
            means[i % dimension] += values[i];
        }

        for (int i = 0; i < dimension; i++)
        {
            means[i] /= values.Length / dimension;
        }

        return means;
    }

    private double Evaluate(Coalition coalition)
    {
        double[] weights = new double[_train.Stride];
        if (!coalition.IsEmpty)
        {
            Solve(coalition, weights);
        }

        double squares = 0;
        for (int i = 0; i < _testTargets.Length; i++)
        {
            double error = (coalition.IsEmpty ? 0 : _test.Dot(i, weights) + _targetShift) - _testTargets[i];
            squares = Math.FusedMultiplyAdd(error, error, squares);
        }

        return _options.Score == RegressionScore.Determination ? 1 - (squares / _testSquares) : -squares / _testTargets.Length;
    }

    private void Solve(Coalition coalition, double[] weights)
    {
        int size = _train.Stride;
        double[] rented = ArrayPool<double>.Shared.Rent(size * size);
        try
        {
            Span<double> matrix = rented.AsSpan(0, size * size);
            matrix.Clear();
            for (int i = 0; i < size; i++)
            {
                matrix[(i * size) + i] = i == _train.Dimension ? 0 : _options.Ridge;
            }

            foreach (int member in coalition.ToArray())
            {
                _train.AddOuter(member, 1, matrix, size, isUpper: true);
                _train.AddScaled(member, _trainTargets[member], weights);
            }

            if (!PositiveSystem.TrySolve(matrix, weights))
            {
                throw new UtilityException(
                    UtilityError.Failed, $"The system of '{Id}' for {coalition} cannot be solved in double: set a higher ridge than {_options.Ridge}, or scale the features to about 1.", Id, coalition);
            }
        }
        finally
        {
            ArrayPool<double>.Shared.Return(rented);
        }
    }
}
