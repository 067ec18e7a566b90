using ModelTensors;

namespace ModelRuntime.Encoders;

/// <summary>The weights of y = W · x + b.</summary>
/// <param name="Weight">W, [outputs, inputs], in its stored type.</param>
/// <param name="Bias">b, one number for each output.</param>
internal sealed record DenseWeights(HostTensor Weight, float[] Bias);
