namespace ModelRuntime.Encoders;

/// <summary>The gain and the bias of a layer norm.</summary>
/// <param name="Gain">The gain of each column.</param>
/// <param name="Bias">The bias of each column.</param>
internal sealed record NormWeights(float[] Gain, float[] Bias);
