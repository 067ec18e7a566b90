namespace ModelRuntime.Decoders;

/// <summary>What a layer's backward pass needs of its forward pass.</summary>
internal sealed class LayerTape(Compute compute)
{
    public required AttentionTape Attention { get; init; }

    /// <summary>Gets the residual stream between attention and the feed-forward block.</summary>
    public required Rows Middle { get; init; }

    public required Rows Gate { get; init; }

    public required Rows Up { get; init; }

    public void Return()
    {
        Attention.Return();
        compute.Return(Middle, Gate, Up);
    }
}
