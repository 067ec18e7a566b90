namespace ModelRuntime.Encoders;

/// <summary>The weights of a layer.</summary>
/// <param name="Query">Makes queries.</param>
/// <param name="Key">Makes keys.</param>
/// <param name="Value">Makes values.</param>
/// <param name="Attended">Follows the attention.</param>
/// <param name="AttentionNorm">The norm after the attention.</param>
/// <param name="Up">The first product of the feed-forward network.</param>
/// <param name="Down">The second.</param>
/// <param name="OutputNorm">The norm after the feed-forward network.</param>
internal sealed record EncoderLayer(
    DenseWeights Query, DenseWeights Key, DenseWeights Value, DenseWeights Attended, NormWeights AttentionNorm, DenseWeights Up, DenseWeights Down, NormWeights OutputNorm);
