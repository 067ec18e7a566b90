using ModelRuntime.Kernels;

namespace ModelRuntime.Decoders;

/// <summary>A gated feed-forward block: <c>down(silu(gate(x)) · up(x))</c>.</summary>
internal sealed class GatedFeedForward(Linear gate, Linear up, Linear down)
{
    public IEnumerable<Linear> Linears => [gate, up, down];

    private int Width => gate.Outputs;

    public void Forward(Pass pass, Rows input, Rows output, bool adds)
    {
        (Rows opened, Rows raised) = Open(pass, input);
        Close(pass, opened, raised, opened, output, adds);
        pass.Compute.Return(opened, raised);
    }

    /// <summary>Adds the block to its output.</summary>
    /// <returns>What the gate and the projection beside it gave, for a backward pass.</returns>
    public (Rows Gate, Rows Up) ForwardKept(Pass pass, Rows input, Rows output)
    {
        (Rows opened, Rows raised) = Open(pass, input);
        Rows inner = pass.Compute.Rent(input.Count, Width);
        Close(pass, opened, raised, inner, output, adds: true);
        pass.Compute.Return(inner);
        return (opened, raised);
    }

    /// <summary>Sets the gradient of the input and adds those of what is trained; what was kept is used up.</summary>
    public void Backward(Pass pass, (Rows Gate, Rows Up) kept, Rows input, Rows gradient, Rows inputGradient)
    {
        Compute compute = pass.Compute;
        int count = gradient.Count;
        Rows inner = compute.Rent(count, Width);
        Rows innerGradient = compute.Rent(count, Width);
        compute.ForRows(count, Width, (first, end) => RowPasses.Gate(kept.Gate, kept.Up, inner, first, end));
        down.Backward(pass, inner, gradient, innerGradient);
        compute.ForRows(count, Width, (first, end) => RowPasses.GateBackward(kept.Gate, kept.Up, innerGradient, first, end));
        gate.Backward(pass, input, kept.Gate, inputGradient);
        up.Backward(pass, input, kept.Up, inputGradient, adds: true);
        compute.Return(inner, innerGradient);
    }

    private (Rows Gate, Rows Up) Open(Pass pass, Rows input)
    {
        Rows opened = pass.Compute.Rent(input.Count, Width);
        Rows raised = pass.Compute.Rent(input.Count, Width);
        gate.Forward(pass, input, opened);
        up.Forward(pass, input, raised);
        return (opened, raised);
    }

    private void Close(Pass pass, Rows opened, Rows raised, Rows inner, Rows output, bool adds)
    {
        pass.Compute.ForRows(opened.Count, Width, (first, end) => RowPasses.Gate(opened, raised, inner, first, end));
        down.Forward(pass, inner, output, adds);
    }
}
