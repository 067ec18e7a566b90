using ModelRuntime.Kernels;

namespace ModelRuntime.Decoders;

/// <summary>A norm of rows, or of the heads of rows, by their root mean square.</summary>
internal sealed class RmsNorm(Weight weight, double epsilon)
{
    public bool IsTrained => weight.Parameter is not null;

    public void Forward(Compute compute, Rows input, Rows output) =>
        compute.ForRows(input.Count, input.Columns, (first, end) => RowPasses.Normalize(input, weight.Singles, output, epsilon, first, end));

    /// <summary>Normalizes every head of each row by itself, in place.</summary>
    public void ForwardHeads(Compute compute, Rows rows) =>
        compute.ForRows(rows.Count, rows.Columns, (first, end) => RowPasses.NormalizeHeads(rows, weight.Singles, epsilon, first, end));

    /// <summary>Adds the gradient of the weights where they are trained, and sets or adds that of the input.</summary>
    public void Backward(Compute compute, Rows input, Rows outputGradient, Rows inputGradient, bool adds)
    {
        if (weight.Parameter is { } trained)
        {
            RowPasses.AddNormWeightGradient(input, outputGradient, trained.Gradient.AsSpan<float>(0, weight.Singles.Length), epsilon);
        }

        compute.ForRows(
            input.Count,
            input.Columns,
            (first, end) => RowPasses.NormalizeBackward(input, weight.Singles, outputGradient, inputGradient, epsilon, adds, first, end));
    }
}
