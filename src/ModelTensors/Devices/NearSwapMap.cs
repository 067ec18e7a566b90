namespace ModelTensors.Devices;

/// <summary>
/// The origin, replaced by the input where both are near: <c>origin + w · (input − origin)</c> with <c>w = t / max(|input − origin|, 1e-6)</c>,
/// and the input itself where that weight is 1 or more.
/// </summary>
/// <param name="Origin">The index of the base model among the inputs.</param>
/// <param name="Input">The index of the other.</param>
/// <param name="Distance">The distance t up to which elements are replaced entirely; rounded to float, below zero it counts as zero.</param>
public sealed record NearSwapMap(int Origin, int Input, double Distance) : MapPass;
