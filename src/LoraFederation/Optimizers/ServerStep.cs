using ModelTensors.Adapters;

namespace LoraFederation.Optimizers;

/// <summary>What a <see cref="ServerOptimizer"/> makes of a round.</summary>
/// <param name="Update">What clients add to their base in the place of the aggregate. Every module's scaling is one.</param>
/// <param name="State">What has to be handed in with the next round's aggregate; adapters, so that they can be saved like one.</param>
public sealed record ServerStep(LoraAdapter Update, IReadOnlyList<LoraAdapter> State);
