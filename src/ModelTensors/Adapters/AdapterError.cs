namespace ModelTensors.Adapters;

/// <summary>The ways in which a LoRA adapter can be unreadable, or unfit for its model.</summary>
public enum AdapterError
{
    /// <summary>No adapter is where one was looked for.</summary>
    NotFound,

    /// <summary>A key of <c>adapter_config.json</c> has a value of the wrong kind or out of range.</summary>
    ConfigInvalid,

    /// <summary>The configuration asks for something that is not a plain low-rank update, or that is not known.</summary>
    UnsupportedConfig,

    /// <summary>A tensor of the adapter has a name that says nothing known, or that the configuration does not account for.</summary>
    UnknownTensor,

    /// <summary>A module lacks a factor, or another tensor that the configuration promises.</summary>
    MissingFactor,

    /// <summary>The factors of a module fit neither each other nor the rank that the configuration gives it.</summary>
    FactorShape,

    /// <summary>A tensor holds integers, truth values or 8-bit floats.</summary>
    UnsupportedType,

    /// <summary>A module is no plain product of two factors, where only such can be used.</summary>
    NotPlain,

    /// <summary>Two adapters do not belong together: other modules, shapes or scalings.</summary>
    AdaptersDiffer,

    /// <summary>The model has no tensor of the name that the adapter changes.</summary>
    TensorNotInModel,

    /// <summary>The model's tensor has another shape than the adapter's update.</summary>
    ShapeMismatch,

    /// <summary>A merged tensor has elements that are NaN or infinite, or do not fit its type.</summary>
    NonFiniteResult,
}
