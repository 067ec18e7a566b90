namespace LoraFederation;

/// <summary>What a module counts for that some clients did not train.</summary>
public enum MissingModulePolicy
{
    /// <summary>The client's update of the module is zero, so the weights stay as they are: unbiased for the sum over all clients.</summary>
    TreatAsZero,

    /// <summary>The mean is over the clients that have the module: their weights are brought to the sum of all.</summary>
    RenormalizePresent,

    /// <summary>It is an error.</summary>
    Fail,
}
