namespace ModelRuntime.Decoders;

/// <summary>The decoders that the engine has; the <c>model_type</c> of a configuration.</summary>
public enum DecoderArchitecture
{
    /// <summary>Llama 1 to 3 (<c>llama</c>).</summary>
    Llama,

    /// <summary>Mistral (<c>mistral</c>).</summary>
    Mistral,

    /// <summary>Qwen 2 and 2.5 (<c>qwen2</c>): biases on queries, keys and values.</summary>
    Qwen2,

    /// <summary>Qwen 3 (<c>qwen3</c>): queries and keys are normalized head by head.</summary>
    Qwen3,
}
