namespace ModelRuntime.Decoders;

/// <summary>What a layer's backward pass needs of its forward pass. Norms, attention and gates are computed again: they cost less than the memory.</summary>
internal sealed class LayerTape(Compute compute)
{
    public required Rows Input { get; init; }

    /// <summary>Gets the queries before the norm of their heads, where there is one.</summary>
    public required Rows? RawQueries { get; init; }

    public required Rows? RawKeys { get; init; }

    public required Rows Queries { get; init; }

    public required Rows Keys { get; init; }

    public required Rows Values { get; init; }

    public required Rows Attended { get; init; }

    /// <summary>Gets the residual stream between attention and the feed-forward block.</summary>
    public required Rows Middle { get; init; }

    public required Rows Gate { get; init; }

    public required Rows Up { get; init; }

    public void Return() => compute.Return(Input, RawQueries, RawKeys, Queries, Keys, Values, Attended, Middle, Gate, Up);
}
