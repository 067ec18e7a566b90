using ModelRuntime.Kernels;

namespace ModelRuntime.Training;

/// <summary>The gradients of all parameters, taken together.</summary>
internal sealed class Gradients(IReadOnlyList<Parameter> parameters, int threads)
{
    private readonly ParameterBlock[] _blocks = ParameterBlock.Cut(parameters);

    /// <summary>Sets all gradients to zero.</summary>
    public void Clear() => ParameterBlock.ForEach(_blocks, threads, block => Of(block).Clear());

    /// <summary>Computes the Euclidean norm of all gradients as one vector, in double and in a fixed order.</summary>
    /// <param name="notFinite">The first parameter whose gradient has an element that is not finite, or null.</param>
    public double Norm(out Parameter? notFinite)
    {
        double[] sums = new double[_blocks.Length];
        ParameterBlock.ForEach(_blocks, threads, block => sums[block] = SquareSumKernel.Sum(Of(block)));
        int bad = Array.FindIndex(sums, sum => !double.IsFinite(sum));
        notFinite = bad < 0 ? null : parameters[_blocks[bad].Parameter];
        double total = 0;
        foreach (double sum in sums)
        {
            total += sum;
        }

        return Math.Sqrt(total);
    }

    private Span<float> Of(int block)
    {
        ParameterBlock place = _blocks[block];
        return parameters[place.Parameter].Gradient.AsSpan<float>(place.Start, place.Length);
    }
}
