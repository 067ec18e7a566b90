namespace ModelTensors;

/// <summary>The 64-bit key of a <see cref="Philox"/> stream.</summary>
/// <param name="Low">The first word.</param>
/// <param name="High">The second word.</param>
public readonly record struct PhiloxKey(uint Low, uint High);
