namespace LoraFederation.Rounds;

/// <summary>How far a run is. Reported from several threads where clients train at once.</summary>
/// <param name="Round">The round, from 0.</param>
/// <param name="Rounds">All rounds.</param>
/// <param name="Stage">What is being done.</param>
/// <param name="Done">The clients that have answered, or the modules that are aggregated.</param>
/// <param name="Count">All clients of the round, or all modules.</param>
public sealed record FederatedRunProgress(int Round, int Rounds, RoundStage Stage, int Done, int Count)
{
    /// <summary>Gets the client that this is about, or null.</summary>
    public string? ClientId { get; init; }

    /// <summary>Gets what its trainer says, or what became of it; null otherwise.</summary>
    public string? Message { get; init; }
}
