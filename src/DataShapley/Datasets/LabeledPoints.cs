using DataShapley.Utilities;

namespace DataShapley.Datasets;

/// <summary>Points with a class each.</summary>
public sealed class LabeledPoints
{
    /// <summary>Creates points; neither array is copied, and neither may change afterwards.</summary>
    /// <param name="features">The features of each point, one row after the other; finite.</param>
    /// <param name="dimension">The number of features of a point, 1 or more.</param>
    /// <param name="labels">The class of each point, from 0.</param>
    /// <exception cref="ArgumentException">The lengths do not fit, there is no point, a feature is not finite, or a label is negative.</exception>
    public LabeledPoints(ReadOnlyMemory<float> features, int dimension, ReadOnlyMemory<int> labels)
    {
        FeatureMatrix.Check(features.Span, dimension, labels.Length, nameof(features));
        int negative = labels.Span.IndexOfAnyInRange(int.MinValue, -1);
        if (negative >= 0)
        {
            throw new ArgumentException($"Point {negative} has the label {labels.Span[negative]}: classes are counted from 0.", nameof(labels));
        }

        Features = features;
        Dimension = dimension;
        Labels = labels;
    }

    /// <summary>Gets the features, one row after the other.</summary>
    public ReadOnlyMemory<float> Features { get; }

    /// <summary>Gets the number of features of a point.</summary>
    public int Dimension { get; }

    /// <summary>Gets the class of each point.</summary>
    public ReadOnlyMemory<int> Labels { get; }

    /// <summary>Gets the number of points.</summary>
    public int Count => Labels.Length;

    /// <summary>Lends the features of a point.</summary>
    /// <param name="point">The point, from 0.</param>
    public ReadOnlySpan<float> Row(int point) => Features.Span.Slice(point * Dimension, Dimension);

    internal static void CheckPair(LabeledPoints train, LabeledPoints test)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(test);
        if (train.Dimension != test.Dimension)
        {
            throw new ArgumentException($"Test points have {test.Dimension} features, training points {train.Dimension}.", nameof(test));
        }
    }

    internal void AddTo(UtilityFingerprint fingerprint) => fingerprint.Add(Dimension).Add(Features.Span).Add(Labels.Span);
}
