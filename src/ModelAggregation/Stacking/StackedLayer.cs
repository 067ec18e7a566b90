namespace ModelAggregation.Stacking;

/// <summary>Where a layer of a stack comes from.</summary>
/// <param name="Model">The reference of its model.</param>
/// <param name="Layer">Its number there, from 0.</param>
public sealed record StackedLayer(string Model, int Layer);
