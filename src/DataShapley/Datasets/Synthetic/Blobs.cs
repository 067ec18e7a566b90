using DataShapley.Games;

namespace DataShapley.Datasets.Synthetic;

/// <summary>Makes clouds of normally distributed points, one for each class.</summary>
/// <remarks>The same options give the same bits on one platform; other platforms may differ in the last bit, as the logarithm and the cosine do.</remarks>
public static class Blobs
{
    /// <summary>Makes points: point i is of class i mod classes.</summary>
    /// <param name="options">What they look like.</param>
    /// <exception cref="ArgumentException">There are more features in all than an array takes.</exception>
    public static LabeledPoints Make(BlobOptions? options = null)
    {
        options ??= new BlobOptions();
        if ((long)options.Count * options.Dimension > Array.MaxLength)
        {
            throw new ArgumentException($"{options.Count} points of {options.Dimension} features are more than {Array.MaxLength} numbers. Make fewer.", nameof(options));
        }

        RandomStreams centreStreams = new(options.Seed, "blob centres");
        double[][] centres = new double[options.ClassCount][];
        for (int label = 0; label < centres.Length; label++)
        {
            RandomSequence random = centreStreams.At(label);
            centres[label] = new double[options.Dimension];
            foreach (ref double coordinate in centres[label].AsSpan())
            {
                coordinate = options.CentreRange * ((2 * random.NextDouble()) - 1);
            }
        }

        // A stream for each point: more points, and the first ones stay what they are.
        RandomStreams streams = new(options.Seed, "blob points");
        float[] features = new float[options.Count * options.Dimension];
        int[] labels = new int[options.Count];
        for (int point = 0; point < options.Count; point++)
        {
            RandomSequence random = streams.At(point);
            labels[point] = point % options.ClassCount;
            for (int i = 0; i < options.Dimension; i++)
            {
                features[(point * options.Dimension) + i] = (float)Math.FusedMultiplyAdd(options.Deviation, random.NextGaussian(), centres[labels[point]][i]);
            }
        }

        return new LabeledPoints(features, options.Dimension, labels);
    }
}
