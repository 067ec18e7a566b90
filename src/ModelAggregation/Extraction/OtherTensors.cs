namespace ModelAggregation.Extraction;

/// <summary>What happens to changed tensors that are no layer with a low-rank update: norms, biases, and embeddings unless asked otherwise.</summary>
public enum OtherTensors
{
    /// <summary>They are saved whole, so that the adapter reproduces them exactly. Some servers refuse such adapters.</summary>
    Save,

    /// <summary>They are left out, and named in the report.</summary>
    Skip,
}
