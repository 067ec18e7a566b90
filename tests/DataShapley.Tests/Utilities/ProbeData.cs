using DataShapley.Datasets;
using DataShapley.Games;
using DataShapley.Utilities;

namespace DataShapley.Tests.Utilities;

/// <summary>Clouds of points for probes.</summary>
internal static class ProbeData
{
    public static LabeledPoints Labeled(int count, int dimension, int classes, long stream)
    {
        RandomSequence random = new RandomStreams(7, "clouds").At(stream);
        float[] features = new float[count * dimension];
        int[] labels = new int[count];
        for (int i = 0; i < count; i++)
        {
            labels[i] = random.NextBelow(classes);
            for (int j = 0; j < dimension; j++)
            {
                features[(i * dimension) + j] = (float)(random.NextGaussian() + (j % classes == labels[i] ? 1 : 0));
            }
        }

        return new LabeledPoints(features, dimension, labels);
    }

    public static TargetPoints Targets(int count, int dimension, long stream)
    {
        RandomSequence random = new RandomStreams(7, "targets").At(stream);
        float[] features = new float[count * dimension];
        float[] targets = new float[count];
        for (int i = 0; i < count; i++)
        {
            targets[i] = (float)(3 + random.NextGaussian());
            for (int j = 0; j < dimension; j++)
            {
                features[(i * dimension) + j] = (float)(random.NextGaussian() + 5);
                targets[i] += (j + 1) * features[(i * dimension) + j];
            }
        }

        return new TargetPoints(features, dimension, targets);
    }

    public static double Evaluate(this IUtility utility, params ReadOnlySpan<int> members) =>
        utility.EvaluateAsync([new UtilityRequest(Coalition.Of(utility.PlayerCount, members), 0, 0)]).AsTask().GetAwaiter().GetResult()[0];
}
