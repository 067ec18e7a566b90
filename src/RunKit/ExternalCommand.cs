namespace RunKit;

/// <summary>A process to start.</summary>
/// <param name="Arguments">The program, found as the system finds programs, then its arguments, each passed as it is; at least one.</param>
public sealed record ExternalCommand(IReadOnlyList<string> Arguments)
{
    /// <summary>Gets the folder to work in.</summary>
    /// <value>Null by default: this process's.</value>
    public string? WorkingFolder { get; init; }

    /// <summary>Gets the environment variables to set beside this process's; null removes one.</summary>
    /// <value>Empty by default.</value>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>(StringComparer.Ordinal);

    /// <summary>Gets how long the process may take before it is killed.</summary>
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

    /// <summary>Gets how many characters of the standard error are kept for the error message, counted from its end.</summary>
    /// <value>Not negative; 4096 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public int ErrorTailLength
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    } = 4096;

    /// <summary>Gets what tells the time.</summary>
    /// <value>The system's by default.</value>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
