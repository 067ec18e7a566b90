namespace ModelTensors.Devices;

/// <summary>What each task vector that went into a combination adds to its divisor.</summary>
public enum TaskVectorDivisor
{
    /// <summary>Its weight: the result is a weighted mean.</summary>
    Weights,

    /// <summary>One, as in Yadav et al. 2023, section 3, and in PEFT.</summary>
    Count,
}
