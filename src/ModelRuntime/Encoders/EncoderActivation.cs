namespace ModelRuntime.Encoders;

/// <summary>The activation between the two products of an encoder's feed-forward network.</summary>
public enum EncoderActivation
{
    /// <summary>x · ½ (1 + erf(x / √2)): <c>gelu</c> of a configuration.</summary>
    Gelu,

    /// <summary>½ x (1 + tanh(√(2/π) (x + 0.044715 x³))): <c>gelu_new</c> or <c>gelu_pytorch_tanh</c>.</summary>
    TanhGelu,

    /// <summary>max(x, 0): <c>relu</c>.</summary>
    Relu,
}
