namespace LoraFederation.Rounds;

/// <summary>What one client is asked to train in one round.</summary>
/// <param name="ClientId">The client.</param>
/// <param name="Round">The round, from 0.</param>
/// <param name="BaseState">The hash of the state of the model to start from: the base model with everything in <see cref="MergedAdapters"/> and <see cref="StartAdapter"/>.</param>
/// <param name="Seed">The seed for whatever is drawn: the same for this client and round whenever the run is continued, another for each.</param>
/// <param name="OutputFolder">An empty folder to work in and to leave the adapter in.</param>
public sealed record TrainingTask(string ClientId, int Round, string BaseState, ulong Seed, string OutputFolder)
{
    /// <summary>Gets the base model: a name or folder, as the run's options say.</summary>
    /// <value>Null when they say nothing.</value>
    public string? BaseModel { get; init; }

    /// <summary>Gets the rank of the adapter that is wanted.</summary>
    public int Rank { get; init; } = FederatedClient.DefaultRank;

    /// <summary>Gets the alpha of the adapter that is wanted.</summary>
    public double Alpha { get; init; } = 2 * FederatedClient.DefaultRank;

    /// <summary>Gets the folder of the adapter whose training goes on.</summary>
    /// <value>Null for a fresh one of <see cref="Rank"/> and <see cref="Alpha"/>, with A drawn and B zero.</value>
    public string? StartAdapter { get; init; }

    /// <summary>Gets the folders of the adapters to merge into the base model before training, in this order.</summary>
    /// <value>Empty in the first round.</value>
    public IReadOnlyList<string> MergedAdapters { get; init; } = [];

    /// <summary>Gets the folder of one adapter that stands for all of <see cref="MergedAdapters"/>, truncated: for a client that joins late and has none of them.</summary>
    /// <value>Null in the first round, and where the run keeps none.</value>
    public string? CumulativeAdapter { get; init; }
}
