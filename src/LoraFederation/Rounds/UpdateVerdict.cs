namespace LoraFederation.Rounds;

/// <summary>Which updates of a round are valid, and why the others are not.</summary>
/// <param name="Valid">The updates that fit what is expected and each other, ordered by client.</param>
/// <param name="Quarantined">What is wrong with the others, ordered by client; each problem names its client.</param>
public sealed record UpdateVerdict(IReadOnlyList<ClientUpdate> Valid, IReadOnlyList<FederationProblem> Quarantined);
