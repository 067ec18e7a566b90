namespace ModelAggregation.Mixture.Text;

/// <summary>The model that a text goes to.</summary>
/// <param name="Expert">The model, from 0.</param>
/// <param name="Probabilities">How likely each model is, by the router; the sum is 1.</param>
public sealed record TextRoute(int Expert, IReadOnlyList<double> Probabilities);
