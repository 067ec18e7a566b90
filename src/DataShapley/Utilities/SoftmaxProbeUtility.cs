using DataShapley.Datasets;
using DataShapley.Games;

namespace DataShapley.Utilities;

/// <summary>What a classifier gains from training points: multinomial logistic regression on their features, such as embeddings, fitted to a coalition and measured on test points.</summary>
/// <remarks>
/// <para>The fit minimises the summed loss plus a ridge by Newton's method in double, anew from zero for each coalition: a value is a function of the coalition alone,
/// the same bits on any number of threads. It takes time in points × parameters², so features are few hundred at most; project wider ones.</para>
/// <para>Nobody, and classes that a coalition lacks: the model knows every class of the data. Nobody makes it guess uniformly: 1/C for both accuracies, −ln C for the log-loss.
/// A coalition of one class makes it predict that class. Ties go to the lower class.</para>
/// </remarks>
public sealed class SoftmaxProbeUtility : IUtility
{
    // 32 MB of second derivatives for each evaluation under way.
    private const int MostParameters = 2048;

    private readonly SoftmaxProbeOptions _options;
    private readonly FeatureMatrix _train;
    private readonly FeatureMatrix _test;
    private readonly int[] _trainLabels;
    private readonly int[] _testLabels;
    private readonly int _classes;

    /// <summary>Creates the utility.</summary>
    /// <param name="train">The training points, each a player.</param>
    /// <param name="test">The points that the classifier is measured on, of as many features.</param>
    /// <param name="options">The settings; the defaults when null.</param>
    /// <exception cref="ArgumentException">The numbers of features differ, or the model has more than 2048 parameters.</exception>
    public SoftmaxProbeUtility(LabeledPoints train, LabeledPoints test, SoftmaxProbeOptions? options = null)
    {
        LabeledPoints.CheckPair(train, test);
        _options = options ?? new SoftmaxProbeOptions();
        _trainLabels = train.Labels.ToArray();
        _testLabels = test.Labels.ToArray();
        int highest = Math.Max(_trainLabels.Max(), _testLabels.Max());
        _train = new FeatureMatrix(train.Features.Span, train.Dimension);
        if ((long)_train.Stride * (highest <= 1 ? 1 : highest + 1L) > MostParameters)
        {
            throw new ArgumentException($"{train.Dimension} features for {highest + 1L} classes are more than {MostParameters} parameters: project the features to fewer, or number the classes without gaps.", nameof(train));
        }

        _classes = Math.Max(2, highest + 1);
        _test = new FeatureMatrix(test.Features.Span, test.Dimension);
        using UtilityFingerprint fingerprint = new();
        train.AddTo(fingerprint);
        test.AddTo(fingerprint);
        Id = fingerprint.Add(_options.Ridge).Add(_options.Tolerance).Add((long)_options.Score).Finish("softmax-probe");
    }

    /// <inheritdoc />
    public string Id { get; }

    /// <inheritdoc />
    public int PlayerCount => _trainLabels.Length;

    /// <summary>Gets [0, 1] for accuracies, null for the log-loss.</summary>
    public UtilityRange? Range => _options.Score == ProbeScore.NegativeLogLoss ? null : UtilityRange.Unit;

    /// <inheritdoc />
    /// <exception cref="UtilityException">The fit did not end within its tolerance.</exception>
    public ValueTask<IReadOnlyList<double>> EvaluateAsync(IReadOnlyList<UtilityRequest> requests, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        double[] values = new double[requests.Count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Evaluate(requests[i].Coalition, cancellationToken);
        }

        return new ValueTask<IReadOnlyList<double>>(values);
    }

    private double Evaluate(Coalition coalition, CancellationToken cancellationToken)
    {
        if (coalition.IsEmpty)
        {
            return _options.Score == ProbeScore.NegativeLogLoss ? -Math.Log(_classes) : 1.0 / _classes;
        }

        SoftmaxFit fit = new(_train, _trainLabels, _classes, _options.Ridge, _options.Tolerance);
        double[] weights = fit.Fit(coalition.ToArray(), cancellationToken)
            ?? throw new UtilityException(
                UtilityError.Failed, $"The fit of '{Id}' to {coalition} did not come within {_options.Tolerance} of the minimum. Scale the features to about 1, or set a higher ridge than {_options.Ridge}.", Id, coalition);
        return Score(fit, weights);
    }

    private double Score(SoftmaxFit fit, double[] weights)
    {
        double[] probabilities = new double[_classes];
        long[] counts = new long[_classes];
        long[] right = new long[_classes];
        double logarithms = 0;
        for (int i = 0; i < _testLabels.Length; i++)
        {
            int label = _testLabels[i];
            logarithms += fit.Predict(_test, i, weights, label, probabilities);
            counts[label]++;
            right[label] += Array.IndexOf(probabilities, probabilities.Max()) == label ? 1 : 0;
        }

        return _options.Score switch
        {
            ProbeScore.Accuracy => (double)right.Sum() / _testLabels.Length,
            ProbeScore.BalancedAccuracy => right.Zip(counts, (hits, count) => count == 0 ? 0 : (double)hits / count).Sum() / counts.Count(count => count > 0),
            _ => logarithms / _testLabels.Length,
        };
    }
}
