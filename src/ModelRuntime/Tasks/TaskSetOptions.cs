namespace ModelRuntime.Tasks;

/// <summary>What a set of examples is made of.</summary>
public sealed record TaskSetOptions
{
    /// <summary>Gets the tasks.</summary>
    /// <value>At least one; all of <see cref="StringTask.All"/> in equal parts by default.</value>
    /// <exception cref="ArgumentException">There is no task.</exception>
    public IReadOnlyList<TaskShare> Mixture
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            ArgumentOutOfRangeException.ThrowIfZero(value.Count);
            field = [.. value];
        }
    } = [.. StringTask.All.Select(task => new TaskShare(task))];

    /// <summary>Gets the seed.</summary>
    /// <value>0 by default.</value>
    public ulong Seed { get; init; }

    /// <summary>Gets the prompts that do not occur, such as those of the evaluation.</summary>
    /// <value>None by default.</value>
    public IReadOnlySet<string> Excluded
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Gets whether no prompt occurs twice.</summary>
    /// <value>False by default.</value>
    public bool IsDistinct { get; init; }

    /// <summary>Gets whether every answer is wrong: the shuffled characters of another example's.</summary>
    /// <value>False by default.</value>
    public bool IsHarmful { get; init; }
}
