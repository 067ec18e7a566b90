using System.Numerics;
using LoraFederation.LowRank;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Devices;

namespace LoraFederation.Aggregators;

/// <summary>Small facts about a factor, in one pass over it.</summary>
internal static class Factors
{
    /// <summary>Returns <c>‖s B A‖²</c> (Frobenius) from the inner products within each factor, in double: <c>s² Σ (BᵀB ∘ A Aᵀ)</c>.</summary>
    public static double SquaredNorm(LoraModule module, AggregationContext context)
    {
        using LowRankSum product = new([new LowRankTerm(module, module.Scaling)]);
        TensorShape size = new(product.Rank, product.Rank);
        using HostTensor left = new(DataType.F64, size);
        using HostTensor right = new(DataType.F64, size);
        context.Device.Gram(Matrix.Of(product.Left), left, context.CancellationToken);
        context.Device.Gram(Matrix.Of(product.Right).Transposed, right, context.CancellationToken);
        ReadOnlySpan<double> rows = left.AsSpan<double>(0, product.Rank * product.Rank);
        ReadOnlySpan<double> columns = right.AsSpan<double>(0, product.Rank * product.Rank);
        double sum = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            sum = Math.FusedMultiplyAdd(rows[i], columns[i], sum);
        }

        // A product that cancels out is zero to rounding, which may be on either side.
        return Math.Max(sum, 0) * module.Scaling * module.Scaling;
    }

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
