namespace LoraFederation.Rounds;

/// <summary>The settings of a <see cref="ProcessTrainer"/>.</summary>
public sealed record ProcessTrainerOptions
{
    /// <summary>Gets the folder that the process works in.</summary>
    /// <value>Null by default: this process's.</value>
    public string? WorkingFolder { get; init; }

    /// <summary>Gets the environment variables to set beside this process's; null removes one.</summary>
    /// <value>Empty by default.</value>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>(StringComparer.Ordinal);
}
