using LoraFederation.LowRank;
using ModelTensors;
using ModelTensors.Adapters;

namespace LoraFederation.Aggregators;

/// <summary>A stack whose components have the same norm in A and in B: what 16-bit types lose is least, however small the weights are.</summary>
internal static class BalancedStack
{
    /// <summary>Creates the module; both factors are in memory.</summary>
    public static LoraModule Create(ModuleContributions module, DataType type, AggregationContext context)
    {
        using LowRankSum sum = module.ToSum();
        double[] coefficients = sum.ColumnCoefficients();
        double[] left = ColumnNorms(sum.Left);
        int rank = sum.Rank;
        HostTensor a = new(type, sum.Right.Shape);
        HostTensor b = new(type, sum.Left.Shape);
        double[] leftFactors = new double[rank];
        for (int component = 0; component < rank; component++)
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            Span<float> row = sum.Right.AsSpan<float>(component * sum.Columns, (int)sum.Columns);
            double norm = Norm(row);
            double product = Math.Abs(coefficients[component]) * norm * left[component];

            // A component that is zero on one side is zero; its other side need not stay.
            leftFactors[component] = product > 0 ? Math.Sqrt(product) / left[component] : 0;
            double rightFactor = product > 0 ? Math.CopySign(Math.Sqrt(product), coefficients[component]) / norm : 0;
            foreach (ref float value in row)
            {
                value = (float)(value * rightFactor);
            }

            Write(row, a, component * sum.Columns);
        }

        for (long row = 0; row < sum.Rows; row++)
        {
            Span<float> values = sum.Left.AsSpan<float>(row * rank, rank);
            for (int component = 0; component < rank; component++)
            {
                values[component] = (float)(values[component] * leftFactors[component]);
            }

            Write(values, b, row * rank);
        }

        return module.CreateModule(a.Source, b.Source);
    }

    private static void Write(ReadOnlySpan<float> values, HostTensor target, long start)
    {
        if (target.Sink.TryGetSpan(start, values.Length, out Span<byte> bytes))
        {
            FloatConversion.Narrow(values, bytes, target.DataType);
        }
    }

    private static double[] ColumnNorms(HostTensor matrix)
    {
        int columns = (int)matrix.Shape[1];
        double[] sums = new double[columns];
        for (long row = 0; row < matrix.Shape[0]; row++)
        {
            ReadOnlySpan<float> values = matrix.AsSpan<float>(row * columns, columns);
            for (int column = 0; column < columns; column++)
            {
                sums[column] = Math.FusedMultiplyAdd(values[column], values[column], sums[column]);
            }
        }

        return Array.ConvertAll(sums, Math.Sqrt);
    }

    private static double Norm(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values)
        {
            sum = Math.FusedMultiplyAdd(value, value, sum);
        }

        return Math.Sqrt(sum);
    }
}
