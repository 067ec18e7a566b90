namespace ModelRuntime.Decoders;

/// <summary>What the backward pass of attention needs of its forward pass. Norms and scores are computed again: they cost less than the memory.</summary>
internal sealed class AttentionTape(Compute compute)
{
    public required Rows Input { get; init; }

    /// <summary>Gets the queries before the norm of their heads, where there is one.</summary>
    public required Rows? RawQueries { get; init; }

    public required Rows? RawKeys { get; init; }

    public required Rows Queries { get; init; }

    public required Rows Keys { get; init; }

    public required Rows Values { get; init; }

    public required Rows Attended { get; init; }

    public void Return() => compute.Return(Input, RawQueries, RawKeys, Queries, Keys, Values, Attended);
}
