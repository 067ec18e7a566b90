namespace ModelRuntime.Decoders;

/// <summary>A layer: attention and a gated feed-forward block, each behind a norm and added to the residual stream.</summary>
internal sealed class DecoderLayer : IDecoderLayer
{
    public required AttentionBlock Attention { get; init; }

    public required RmsNorm FeedForwardNorm { get; init; }

    public required GatedFeedForward FeedForward { get; init; }

    public IEnumerable<Linear> Linears => [.. Attention.Linears, .. FeedForward.Linears];

    public void Forward(Pass pass, Rows stream)
    {
        Attention.Forward(pass, stream, keepsTape: false);
        Rows normal = pass.Compute.Rent(stream.Count, stream.Columns);
        FeedForwardNorm.Forward(pass.Compute, stream, normal);
        pass.KeepFeedForwardInput(normal);
        FeedForward.Forward(pass, normal, stream, adds: true);
        pass.Compute.Return(normal);
    }

    /// <summary>Computes the layer in place, and keeps what a backward pass needs.</summary>
    public LayerTape ForwardKept(Pass pass, Rows stream)
    {
        AttentionTape attention = Attention.Forward(pass, stream, keepsTape: true)!;
        Rows middle = pass.Compute.Copy(stream);
        Rows normal = pass.Compute.Rent(stream.Count, stream.Columns);
        FeedForwardNorm.Forward(pass.Compute, stream, normal);
        (Rows gate, Rows up) = FeedForward.ForwardKept(pass, normal, stream);
        pass.Compute.Return(normal);
        return new LayerTape(pass.Compute) { Attention = attention, Middle = middle, Gate = gate, Up = up };
    }

    /// <summary>Turns the gradient of what the layer gave into that of its input, in place, and adds the gradients of what is trained.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="tape">What the forward pass kept; its memory is used and returned.</param>
    /// <param name="gradient">The gradient of the residual stream.</param>
    /// <param name="needsInput">Whether the gradient of the input is wanted: not below the first layer that is trained.</param>
    public void Backward(Pass pass, LayerTape tape, Rows gradient, bool needsInput)
    {
        Compute compute = pass.Compute;
        Rows normal = compute.Rent(gradient.Count, gradient.Columns);
        Rows normalGradient = compute.Rent(gradient.Count, gradient.Columns);
        FeedForwardNorm.Forward(compute, tape.Middle, normal);
        FeedForward.Backward(pass, (tape.Gate, tape.Up), normal, gradient, normalGradient);
        FeedForwardNorm.Backward(compute, tape.Middle, normalGradient, gradient, adds: true);
        compute.Return(normal, normalGradient);
        Attention.Backward(pass, tape.Attention, gradient, needsInput);
        tape.Return();
    }
}
