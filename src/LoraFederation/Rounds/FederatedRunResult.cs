namespace LoraFederation.Rounds;

/// <summary>What a run leaves.</summary>
/// <param name="Folder">The run's folder.</param>
/// <param name="State">The hash of the model's state after the last round.</param>
/// <param name="Rounds">What happened in each round.</param>
/// <param name="GlobalAdapter">The folder of the last round's aggregate.</param>
public sealed record FederatedRunResult(string Folder, string State, IReadOnlyList<RoundManifest> Rounds, string GlobalAdapter);
