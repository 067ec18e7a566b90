namespace ModelRuntime;

/// <summary>The kinds of <see cref="RuntimeException"/>.</summary>
public enum RuntimeError
{
    /// <summary>The model is of a kind, or uses a feature, that the engine does not have.</summary>
    Unsupported,

    /// <summary>A configuration lacks a value, or has one that contradicts itself or the tensors.</summary>
    ConfigInvalid,

    /// <summary>A tensor that the configuration asks for is missing, or has another shape or type.</summary>
    TensorInvalid,

    /// <summary>A tokenizer's files are missing, or are not what they should be.</summary>
    TokenizerInvalid,

    /// <summary>A text has characters that the tokenizer has no token for.</summary>
    TextInvalid,

    /// <summary>A file of examples has a line that is none.</summary>
    DataInvalid,

    /// <summary>A checkpoint of a training is damaged, or belongs to another model, other data or other settings.</summary>
    CheckpointInvalid,

    /// <summary>A loss, gradient or logit is not a number or infinite.</summary>
    NotFinite,
}
