namespace ModelTensors.Devices;

/// <summary>
/// <c>origin + mean of the active differences</c>: at each element the mean of those differences input − origin whose magnitude exceeds a bound.
/// Where exactly one does, it is multiplied by its input's scale.
/// </summary>
/// <param name="Origin">The index of the base model among the inputs.</param>
/// <param name="Terms">The inputs' indices, and the scales of what each alone changes; at least one.</param>
/// <param name="Epsilon">The bound, 0 or more; rounded to float. NaN is active.</param>
public sealed record ActiveMeanMap(int Origin, IReadOnlyList<(int Input, double Scale)> Terms, double Epsilon) : MapPass;
