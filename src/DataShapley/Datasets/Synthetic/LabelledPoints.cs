namespace DataShapley.Datasets.Synthetic;

/// <summary>Points with classes.</summary>
/// <param name="Features">The features, one row of <paramref name="Dimension"/> numbers after the other.</param>
/// <param name="Dimension">The number of features of a point.</param>
/// <param name="Labels">The class of each point, from 0.</param>
public sealed record LabelledPoints(float[] Features, int Dimension, int[] Labels)
{
    /// <summary>Gets the number of points.</summary>
    public int Count => Labels.Length;

    /// <summary>Gets the features of a point.</summary>
    /// <param name="point">The point, from 0.</param>
    public ReadOnlySpan<float> Row(int point) => Features.AsSpan(point * Dimension, Dimension);
}
