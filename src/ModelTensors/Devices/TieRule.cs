namespace ModelTensors.Devices;

/// <summary>Which of the elements that tie at a selection's threshold are kept.</summary>
public enum TieRule
{
    /// <summary>Evenly spread over the tensor, so that no region is favoured.</summary>
    Spread,

    /// <summary>Those of lowest index.</summary>
    LowestIndex,
}
