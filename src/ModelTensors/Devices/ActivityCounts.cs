namespace ModelTensors.Devices;

/// <summary>How many elements of one input differ from an origin, by whether other inputs differ there too.</summary>
/// <param name="Unique">The elements at which this input alone differs.</param>
/// <param name="Shared">The elements at which this input and at least one other differ.</param>
public readonly record struct ActivityCounts(long Unique, long Shared);
