using ModelTensors;

namespace ModelAggregation.Merging.Planning;

/// <summary>One input of a planned tensor: a model's tensor with that model's parameters.</summary>
/// <param name="Model">The model's name in the plan (<see cref="PlannedModel.Name"/>), the same on every machine; random numbers are keyed by it.</param>
/// <param name="TensorName">The name of the tensor in that model that is read, which differs from the output's in slices and for tied heads.</param>
/// <param name="Source">The tensor.</param>
/// <param name="Parameters">The per-model parameters, resolved for this tensor.</param>
public sealed record PlannedInput(string Model, string TensorName, TensorSource Source, ParameterValues Parameters)
{
    /// <summary>Gets the model's statistics for this tensor.</summary>
    /// <value>Null for methods that use none, and for tensors that have none where the method allows it.</value>
    public PlannedStatistics? Statistics { get; init; }
}
