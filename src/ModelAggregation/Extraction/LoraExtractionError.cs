namespace ModelAggregation.Extraction;

/// <summary>Why no adapter can be extracted.</summary>
public enum LoraExtractionError
{
    /// <summary>The models have other tensors, or tensors of other shapes: they are not a base and its fine-tune.</summary>
    ModelsDiffer,

    /// <summary>A tensor has NaN or infinite elements.</summary>
    NonFinite,

    /// <summary>The models do not differ in anything that the options let the adapter have.</summary>
    NothingChanged,

    /// <summary>The output folder is the folder of one of the models, or contains it: writing would delete the model.</summary>
    OutputIsInput,
}
