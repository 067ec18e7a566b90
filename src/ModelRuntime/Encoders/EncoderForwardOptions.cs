namespace ModelRuntime.Encoders;

/// <summary>What a forward pass of an <see cref="EncoderModel"/> takes beside tokens, and gives beside the last hidden states.</summary>
public sealed record EncoderForwardOptions
{
    /// <summary>Gets the segment of each token of the batch: 0 for the first text, 1 for the second.</summary>
    /// <value>One for each token; empty by default: all 0.</value>
    public ReadOnlyMemory<int> TokenTypes { get; init; }

    /// <summary>Gets whether the hidden states before the first and after each layer are kept.</summary>
    /// <value>False by default: the last alone.</value>
    public bool KeepsHiddenStates { get; init; }
}
