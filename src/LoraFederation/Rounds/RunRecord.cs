namespace LoraFederation.Rounds;

/// <summary>A line of a run's journal.</summary>
internal sealed record RunRecord(RunRecordKind Kind, int Round)
{
    /// <summary>The selected clients (started), or those whose updates stay (failed).</summary>
    public IReadOnlyList<string>? Clients { get; init; }

    /// <summary>The client of an outcome.</summary>
    public string? Client { get; init; }

    /// <summary>The rank that the client was asked for.</summary>
    public int Rank { get; init; }

    /// <summary>What a client says that it trained on.</summary>
    public long Examples { get; init; }

    /// <summary>The state that a client says it started from; null for the round's.</summary>
    public string? BaseState { get; init; }

    /// <summary>The round that a client answers; null for this one.</summary>
    public int? Answers { get; init; }

    /// <summary>The files of an update.</summary>
    public IReadOnlyList<ManifestFile>? Files { get; init; }

    /// <summary>Why an update was refused, or a client has none.</summary>
    public IReadOnlyList<FederationProblem>? Problems { get; init; }

    /// <summary>The state after the round (finished).</summary>
    public string? State { get; init; }

    /// <summary>The SHA-256 of the manifest (finished).</summary>
    public string? Manifest { get; init; }
}
