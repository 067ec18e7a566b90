namespace DataShapley.Utilities;

/// <summary>The settings of an <see cref="ExternalProcessUtility"/>.</summary>
public sealed record ExternalProcessUtilityOptions
{
    /// <summary>Gets the field of the score where the process answers with an object.</summary>
    /// <value><c>score</c> by default.</value>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public string Field
    {
        get;
        init
        {
            ArgumentException.ThrowIfNullOrEmpty(value);
            field = value;
        }
    } = "score";

    /// <summary>Gets whether the score is a function of the members and the seed; only then is it cached and shared between draws.</summary>
    /// <value>True by default.</value>
    public bool IsDeterministic { get; init; } = true;

    /// <summary>Gets the scores that it can give, where that is known.</summary>
    /// <value>Null by default: not known.</value>
    public Games.UtilityRange? Range { get; init; }

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

    /// <summary>Gets the folder that the process works in.</summary>
    /// <value>Null by default: this process's.</value>
    public string? WorkingFolder { get; init; }

    /// <summary>Gets the environment variables to set beside this process's; null removes one.</summary>
    /// <value>Empty by default.</value>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>(StringComparer.Ordinal);

    /// <summary>Gets what tells the time.</summary>
    /// <value>The system's by default.</value>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
