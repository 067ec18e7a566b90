using System.Numerics;
using ModelTensors.Devices;

namespace DataShapley.Neighbors;

/// <summary>Checks features before they are believed.</summary>
internal static class NeighborFeatures
{
    /// <summary>Refuses features that are not finite, or so large that a distance would overflow a float.</summary>
    public static void Check(Matrix features, bool isTest, CancellationToken cancellationToken)
    {
        float[] row = new float[features.Columns];

        // Twice a feature, squared and summed, stays below the largest float.
        float limit = (float)Math.Sqrt(float.MaxValue / 16 / Math.Max(row.Length, 1));
        for (long i = 0; i < features.Rows; i++)
        {
            if (i % 1024 == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            features.CopyRow(i, row);
            if (!AreWithin(row, limit))
            {
                float value = Array.Find(row, value => !(MathF.Abs(value) <= limit));
                throw new NeighborDataException(
                    NeighborDataProblem.UnusableFeature, isTest, i,
                    $"{(isTest ? "Test" : "Training")} row {i} has the feature {value}: features are finite and, at {row.Length} a row, at most {limit} in size. Remove the row or scale the features.");
            }
        }
    }

    private static bool AreWithin(ReadOnlySpan<float> row, float limit)
    {
        Vector<float> limits = new(limit);
        int i = 0;
        for (; i <= row.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            // A NaN is not less or equal.
            if (!Vector.LessThanOrEqualAll(Vector.Abs(new Vector<float>(row[i..])), limits))
            {
                return false;
            }
        }

        for (; i < row.Length; i++)
        {
            if (!(MathF.Abs(row[i]) <= limit))
            {
                return false;
            }
        }

        return true;
    }
}
