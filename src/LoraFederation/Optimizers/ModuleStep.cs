using ModelTensors.Adapters;

namespace LoraFederation.Optimizers;

/// <summary>What a <see cref="ServerOptimizer"/> makes of one module.</summary>
/// <param name="Update">What is added to the weight; its scaling is one.</param>
/// <param name="State">What is remembered; as many as the optimiser's <see cref="ServerOptimizer.StateCount"/>.</param>
public sealed record ModuleStep(LoraModule Update, IReadOnlyList<LoraModule> State);
