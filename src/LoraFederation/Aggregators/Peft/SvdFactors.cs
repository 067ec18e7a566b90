using LoraFederation.LowRank;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.LowRank;

namespace LoraFederation.Aggregators.Peft;

/// <summary>The factors that PEFT makes of a decomposition: <c>A = Vᵀ</c> [rank, inputs] and <c>B = U S</c> [outputs, rank], in float.</summary>
internal sealed class SvdFactors
{
    private readonly HostTensor _a;
    private readonly HostTensor _b;

    private SvdFactors(HostTensor a, HostTensor b)
    {
        _a = a;
        _b = b;
    }

    /// <summary>Makes the factors of singular values and vectors.</summary>
    public static SvdFactors Of(SingularFactors factors)
    {
        int rank = factors.Values.Count;
        HostTensor a = new(DataType.F32, new TensorShape(rank, factors.Right(0).Length));
        HostTensor b = new(DataType.F32, new TensorShape(factors.Left(0).Length, rank));
        Span<float> left = b.AsSpan<float>(0, checked((int)b.Shape.ElementCount));
        for (int component = 0; component < rank; component++)
        {
            ReadOnlySpan<double> right = factors.Right(component);
            Span<float> row = a.AsSpan<float>((long)component * right.Length, right.Length);
            for (int i = 0; i < row.Length; i++)
            {
                row[i] = (float)right[i];
            }

            ReadOnlySpan<double> column = factors.Left(component);
            for (int i = 0; i < column.Length; i++)
            {
                left[(i * rank) + component] = (float)(column[i] * factors.Values[component]);
            }
        }

        return new SvdFactors(a, b);
    }

    /// <summary>Makes the factors of a balanced pair, whose roots of singular values are moved to one side; of a sum that is zero one component of zeros.</summary>
    public static SvdFactors Of(OrderedFactors factors)
    {
        int rank = Math.Max(1, factors.Rank);
        int inputs = (int)factors.Right.Shape[1];
        HostTensor a = new(DataType.F32, new TensorShape(rank, inputs));
        HostTensor b = new(DataType.F32, new TensorShape(factors.Left.Shape[0], rank));
        double[] roots = [.. factors.SingularValues.Select(Math.Sqrt)];
        for (int component = 0; component < roots.Length; component++)
        {
            ReadOnlySpan<float> right = factors.Right.AsSpan<float>((long)component * inputs, inputs);
            Span<float> row = a.AsSpan<float>((long)component * inputs, inputs);
            for (int i = 0; i < row.Length; i++)
            {
                row[i] = (float)(right[i] / roots[component]);
            }
        }

        ReadOnlySpan<float> left = Numbers(factors.Left);
        Span<float> columns = Numbers(b);
        for (int i = 0; i < left.Length; i++)
        {
            columns[i] = (float)(left[i] * roots[i % rank]);
        }

        return new SvdFactors(a, b);
    }

    /// <summary>Cuts all numbers off at the size of a quantile of them, in place.</summary>
    /// <param name="quantile">The quantile, interpolated between neighbours; null leaves everything.</param>
    /// <param name="module">The module's path, for the error.</param>
    /// <exception cref="FederationException">The quantile is below zero, so that no number is inside.</exception>
    public SvdFactors Clamp(double? quantile, string module)
    {
        if (quantile is not { } share)
        {
            return this;
        }

        float[] sorted = [.. Numbers(_b), .. Numbers(_a)];
        Array.Sort(sorted);
        double place = share * (sorted.Length - 1);
        int below = (int)place;
        double next = sorted[Math.Min(below + 1, sorted.Length - 1)];
        float bound = (float)(sorted[below] + ((place - below) * (next - sorted[below])));
        if (bound < 0)
        {
            throw new FederationException(
                FederationError.Unsupported,
                $"Module '{module}': the quantile {share} of its factors is {bound:g3}, below zero, so that clamping would leave nothing; use a larger one.",
                module: module);
        }

        foreach (HostTensor tensor in (HostTensor[])[_a, _b])
        {
            foreach (ref float value in Numbers(tensor))
            {
                value = Math.Clamp(value, -bound, bound);
            }
        }

        return this;
    }

    public LoraModule ToModule(ModuleContributions module) => module.CreateModule(_a.Source, _b.Source);

    private static Span<float> Numbers(HostTensor tensor) => tensor.AsSpan<float>(0, checked((int)tensor.Shape.ElementCount));
}
