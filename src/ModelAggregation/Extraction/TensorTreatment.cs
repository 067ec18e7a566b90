namespace ModelAggregation.Extraction;

/// <summary>What an extraction does with a tensor that changed.</summary>
internal enum TensorTreatment
{
    /// <summary>It gets factors.</summary>
    Factor,

    /// <summary>It is saved whole.</summary>
    Save,

    /// <summary>It is left out.</summary>
    Skip,
}
