using DataShapley.Games;

namespace DataShapley.Refinement;

/// <summary>The settings of an <see cref="ExternalDatasetUtility"/>.</summary>
public sealed record ExternalUtilityOptions
{
    /// <summary>Gets the field that holds the value, where the command gives a JSON object.</summary>
    /// <value><c>score</c> by default.</value>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public string ScoreField
    {
        get;
        init
        {
            ArgumentException.ThrowIfNullOrEmpty(value);
            field = value;
        }
    } = "score";

    /// <summary>Gets how long an evaluation may take before the process is killed.</summary>
    /// <value>Above zero; null by default: as long as it likes.</value>
    /// <exception cref="ArgumentOutOfRangeException">The time is not above zero.</exception>
    public TimeSpan? TimeOut
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value ?? TimeSpan.MaxValue, TimeSpan.Zero);
            field = value;
        }
    }

    /// <summary>Gets the folder in which each evaluation gets a folder of its own, deleted after it.</summary>
    /// <value>Null by default: the system's for temporary files.</value>
    public string? TemporaryFolder { get; init; }

    /// <summary>Gets the folder that the process works in.</summary>
    /// <value>Null by default: this process's.</value>
    public string? WorkingFolder { get; init; }

    /// <summary>Gets the environment variables to set beside this process's; null removes one.</summary>
    /// <value>Empty by default.</value>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>(StringComparer.Ordinal);

    /// <summary>Gets whether the value is a function of the records and the seed.</summary>
    /// <value>True by default: values are remembered.</value>
    public bool IsDeterministic { get; init; } = true;

    /// <summary>Gets the values that the command can give.</summary>
    /// <value>Null by default: not known.</value>
    public UtilityRange? Range { get; init; }
}
