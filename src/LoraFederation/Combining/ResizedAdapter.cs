using ModelTensors.Adapters;

namespace LoraFederation.Combining;

/// <summary>An adapter of other ranks, and what that cost.</summary>
/// <param name="Adapter">The adapter, in memory. Every module's scaling is one.</param>
/// <param name="Modules">What became of each module, ordered by path.</param>
public sealed record ResizedAdapter(LoraAdapter Adapter, IReadOnlyList<ResizedModule> Modules);
