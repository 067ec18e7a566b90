using ModelRuntime.Kernels;
using ModelTensors.Devices;

namespace ModelRuntime.Decoders;

/// <summary>A linear module: <c>y = x Wᵀ + b</c>, W [out, in] in its stored type, with low-rank factors beside it where there are any.</summary>
internal sealed class Linear(Weight weight, Weight? bias)
{
    public string Path { get; } = weight.Name[..^".weight".Length];

    public LoraFactors? Factors { get; set; }

    public int Outputs => (int)weight.Value.Shape[0];

    public int Inputs => (int)weight.Value.Shape[1];

    public void Forward(in Pass pass, Rows input, Rows output, bool adds = false)
    {
        Rows x = input;
        Rows y = output;
        pass.Compute.Device.MatMul(x.Matrix, Matrix.Of(weight.Value).Transposed, y.Matrix, 1, adds ? 1 : 0, pass.CancellationToken);
        if (bias is not null)
        {
            pass.Compute.ForRows(y.Count, y.Columns, (first, end) => RowPasses.AddVector(bias.Singles, y, first, end));
        }

        Factors?.Forward(pass.Compute, x, y, pass.DropoutSeed);
    }

    /// <summary>Adds the gradients of what is trained, and sets or adds that of the input where it is wanted.</summary>
    public void Backward(in Pass pass, Rows input, Rows gradient, Rows? inputGradient, bool adds = false)
    {
        if (weight.Parameter is { } trained)
        {
            pass.Compute.Device.MatMul(gradient.Matrix.Transposed, input.Matrix, Matrix.Of(trained.Gradient), 1, 1, pass.CancellationToken);
        }

        if (bias?.Parameter is { } trainedBias)
        {
            RowPasses.AddColumnSums(gradient, trainedBias.Gradient.AsSpan<float>(0, gradient.Columns));
        }

        if (inputGradient is not null)
        {
            pass.Compute.Device.MatMul(gradient.Matrix, Matrix.Of(weight.Value), inputGradient.Matrix, 1, adds ? 1 : 0, pass.CancellationToken);
        }

        Factors?.Backward(pass.Compute, input, gradient, inputGradient, pass.DropoutSeed);
    }
}
