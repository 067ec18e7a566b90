using DataShapley.Utilities;

namespace DataShapley.Datasets;

/// <summary>Points with a number each, which a regression predicts.</summary>
public sealed class TargetPoints
{
    /// <summary>Creates points; neither array is copied, and neither may change afterwards.</summary>
    /// <param name="features">The features of each point, one row after the other; finite.</param>
    /// <param name="dimension">The number of features of a point, 1 or more.</param>
    /// <param name="targets">The number of each point, finite.</param>
    /// <exception cref="ArgumentException">The lengths do not fit, there is no point, or a number is not finite.</exception>
    public TargetPoints(ReadOnlyMemory<float> features, int dimension, ReadOnlyMemory<float> targets)
    {
        FeatureMatrix.Check(features.Span, dimension, targets.Length, nameof(features));
        FeatureMatrix.Check(targets.Span, 1, targets.Length, nameof(targets));
        Features = features;
        Dimension = dimension;
        Targets = targets;
    }

    /// <summary>Gets the features, one row after the other.</summary>
    public ReadOnlyMemory<float> Features { get; }

    /// <summary>Gets the number of features of a point.</summary>
    public int Dimension { get; }

    /// <summary>Gets the number of each point.</summary>
    public ReadOnlyMemory<float> Targets { get; }

    /// <summary>Gets how many points there are.</summary>
    public int Count => Targets.Length;

    internal void AddTo(UtilityFingerprint fingerprint) => fingerprint.Add(Dimension).Add(Features.Span).Add(Targets.Span);
}
