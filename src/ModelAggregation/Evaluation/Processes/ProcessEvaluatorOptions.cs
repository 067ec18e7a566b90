namespace ModelAggregation.Evaluation.Processes;

/// <summary>The settings of a <see cref="ProcessEvaluator"/>.</summary>
public sealed record ProcessEvaluatorOptions
{
    /// <summary>Gets how long one evaluation may take before the process and those that it started are killed.</summary>
    /// <value>Above zero; null by default: as long as it likes.</value>
    /// <exception cref="ArgumentOutOfRangeException">The time is not above zero.</exception>
    public TimeSpan? TimeOut
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value ?? TimeSpan.MaxValue, TimeSpan.Zero, nameof(value));
            field = value;
        }
    }

    /// <summary>Gets how often a process that fails is started again before the evaluation fails.</summary>
    /// <value>Not negative; 0 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public int Retries
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }

    /// <summary>Gets what stands at the place <c>{seed}</c> of the command.</summary>
    /// <value>0 by default; of no account where the command has no such place.</value>
    public ulong Seed { get; init; }

    /// <summary>Gets the folder in which models in memory and results are put while a process runs.</summary>
    /// <value>Null by default: the system's folder for temporary files. A model in memory needs its own size there.</value>
    public string? TemporaryFolder { get; init; }

    /// <summary>Gets the folder that the process works in.</summary>
    /// <value>Null by default: this process's.</value>
    public string? WorkingFolder { get; init; }

    /// <summary>Gets the environment variables to set beside this process's; null removes one.</summary>
    /// <value>Empty by default.</value>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>(StringComparer.Ordinal);

    /// <summary>Gets what is told of each line that the process writes to its standard output.</summary>
    /// <value>Null by default: nothing.</value>
    public IProgress<string>? Output { get; init; }

    /// <summary>Gets what tells the time.</summary>
    /// <value>The system's by default.</value>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
