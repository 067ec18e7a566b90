using ModelTensors;

namespace ModelAggregation.Zoo;

/// <summary>A checkpoint of a zoo that cannot be opened.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Error">What is wrong with it.</param>
public sealed record UnreadableModel(string Name, ModelDataException Error);
