namespace ModelRuntime.Encoders;

/// <summary>What becomes of the last hidden states of a sequence, so that it has one vector.</summary>
public enum EncoderPooling
{
    /// <summary>Their mean, summed in double.</summary>
    Mean,

    /// <summary>That of the first token, <c>[CLS]</c>.</summary>
    FirstToken,

    /// <summary>The largest value of each column.</summary>
    Max,

    /// <summary>tanh(W · first token + b) with the weights of the model's pooler.</summary>
    Pooler,
}
