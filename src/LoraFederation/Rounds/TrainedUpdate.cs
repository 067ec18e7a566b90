using ModelTensors.Adapters;

namespace LoraFederation.Rounds;

/// <summary>What a trainer hands in.</summary>
public sealed record TrainedUpdate
{
    /// <summary>Creates an update of an adapter on disk.</summary>
    /// <param name="folder">The folder of <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>; it is copied.</param>
    /// <param name="examples">How many examples it was trained on; not negative.</param>
    public TrainedUpdate(string folder, long examples)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentOutOfRangeException.ThrowIfNegative(examples);
        Folder = folder;
        Examples = examples;
    }

    /// <summary>Creates an update of an adapter in memory.</summary>
    /// <param name="adapter">The adapter; it is written to the run's folder, and stays the trainer's.</param>
    /// <param name="examples">How many examples it was trained on; not negative.</param>
    public TrainedUpdate(LoraAdapter adapter, long examples)
    {
        ArgumentNullException.ThrowIfNull(adapter);
        ArgumentOutOfRangeException.ThrowIfNegative(examples);
        Adapter = adapter;
        Examples = examples;
    }

    /// <summary>Gets the adapter's folder; null when it is in memory.</summary>
    public string? Folder { get; }

    /// <summary>Gets the adapter; null when it is on disk.</summary>
    public LoraAdapter? Adapter { get; }

    /// <summary>Gets how many examples the adapter was trained on.</summary>
    public long Examples { get; }

    /// <summary>Gets the hash of the state that training started from, where that may be another than the task's.</summary>
    /// <value>Null by default: the task's.</value>
    public string? BaseState { get; init; }

    /// <summary>Gets the round that the update answers, where that may be an earlier one than the task's.</summary>
    /// <value>Null by default: the task's.</value>
    public int? Round { get; init; }
}
