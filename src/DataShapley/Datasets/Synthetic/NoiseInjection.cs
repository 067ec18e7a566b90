using DataShapley.Games;
using DataShapley.Statistics;

namespace DataShapley.Datasets.Synthetic;

/// <summary>Spoils some points, so that it is known what a valuation should find. The points given stay as they are.</summary>
public static class NoiseInjection
{
    /// <summary>Gives some points another class, each other class equally likely.</summary>
    /// <param name="points">The points, of two classes or more.</param>
    /// <param name="share">The share of the points, in [0, 1]; rounded to whole points.</param>
    /// <param name="seed">The seed.</param>
    /// <exception cref="ArgumentOutOfRangeException">The share is not in this range.</exception>
    /// <exception cref="ArgumentException">There is one class only.</exception>
    public static CorruptedPoints FlipLabels(LabeledPoints points, double share, ulong seed = 0)
    {
        ArgumentNullException.ThrowIfNull(points);
        int[] classes = [.. points.Labels.ToArray().Distinct().Order()];
        int[] chosen = Choose(points.Count, share, seed, "flipped labels");
        if (chosen.Length > 0 && classes.Length < 2)
        {
            throw new ArgumentException("All points are of one class: there is no other to give them.", nameof(points));
        }

        RandomStreams streams = new(seed, "new labels");
        int[] labels = points.Labels.ToArray();
        foreach (int point in chosen)
        {
            int own = Array.BinarySearch(classes, labels[point]);
            labels[point] = classes[(own + 1 + streams.At(point).NextBelow(classes.Length - 1)) % classes.Length];
        }

        return new CorruptedPoints(new LabeledPoints(points.Features, points.Dimension, labels), chosen);
    }

    /// <summary>Adds normal noise to the features of some points.</summary>
    /// <param name="points">The points.</param>
    /// <param name="share">The share of the points, in [0, 1]; rounded to whole points.</param>
    /// <param name="scale">The standard deviation of the noise in those of each feature over all points; finite, not negative.</param>
    /// <param name="seed">The seed.</param>
    /// <exception cref="ArgumentOutOfRangeException">The share or the scale is not in its range.</exception>
    public static CorruptedPoints AddFeatureNoise(LabeledPoints points, double share, double scale = 1, ulong seed = 0)
    {
        ArgumentNullException.ThrowIfNull(points);
        if (!(scale >= 0 && double.IsFinite(scale)))
        {
            throw new ArgumentOutOfRangeException(nameof(scale), scale, "The scale of noise is finite and not negative.");
        }

        int[] chosen = Choose(points.Count, share, seed, "noisy features");
        double[] deviations = [.. Enumerable.Range(0, points.Dimension).Select(feature => Deviation(points, feature))];
        RandomStreams streams = new(seed, "feature noise");
        float[] features = points.Features.ToArray();
        foreach (int point in chosen)
        {
            RandomSequence random = streams.At(point);
            for (int i = 0; i < points.Dimension; i++)
            {
                ref float feature = ref features[(point * points.Dimension) + i];
                feature = (float)Math.FusedMultiplyAdd(scale * deviations[i], random.NextGaussian(), feature);
            }
        }

        return new CorruptedPoints(new LabeledPoints(features, points.Dimension, points.Labels), chosen);
    }

    private static int[] Choose(int count, double share, ulong seed, string name)
    {
        if (!(share >= 0 && share <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(share), share, "The share of spoiled points is in [0, 1].");
        }

        int size = (int)Math.Round(count * share, MidpointRounding.AwayFromZero);
        return new RandomStreams(seed, name).At(0).NextOfSize(count, size).ToArray();
    }

    private static double Deviation(LabeledPoints points, int feature)
    {
        PlayerMoments moments = new(1);
        for (int point = 0; point < points.Count; point++)
        {
            moments.Add(0, points.Row(point)[feature]);
        }

        return points.Count < 2 ? 0 : Math.Sqrt(moments.Variance(0));
    }
}
