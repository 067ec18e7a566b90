using System.Numerics;
using LoraFederation.LowRank;
using ModelTensors;

namespace LoraFederation.Aggregators;

/// <summary>Small facts about a factor, in one pass over it.</summary>
internal static class Factors
{
    /// <summary>Returns the largest magnitude; NaN is passed over.</summary>
    public static double LargestMagnitude(TensorSource factor, CancellationToken cancellationToken)
    {
        float largest = 0;
        FactorReader.ForEachPiece(factor, (_, values) =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            Vector<float> lanes = Vector<float>.Zero;
            int i = 0;
            for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
            {
                lanes = Vector.MaxNumber(lanes, Vector.Abs(new Vector<float>(values[i..])));
            }

            for (int lane = 0; lane < Vector<float>.Count; lane++)
            {
                largest = MathF.Max(largest, lanes[lane]);
            }

            for (; i < values.Length; i++)
            {
                largest = float.MaxNumber(largest, MathF.Abs(values[i]));
            }
        });
        return largest;
    }
}
