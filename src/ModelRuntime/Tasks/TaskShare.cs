namespace ModelRuntime.Tasks;

/// <summary>The part that one task has in a mixture.</summary>
public sealed record TaskShare
{
    /// <summary>Creates a part.</summary>
    /// <param name="task">The task.</param>
    /// <param name="weight">How often it is drawn, relative to the others; finite, above zero.</param>
    /// <exception cref="ArgumentOutOfRangeException">The weight is not in this range.</exception>
    public TaskShare(StringTask task, double weight = 1)
    {
        ArgumentNullException.ThrowIfNull(task);
        if (!(weight > 0 && double.IsFinite(weight)))
        {
            throw new ArgumentOutOfRangeException(nameof(weight), weight, "The weight of a task is finite and above zero.");
        }

        Task = task;
        Weight = weight;
    }

    /// <summary>Gets the task.</summary>
    public StringTask Task { get; }

    /// <summary>Gets how often it is drawn, relative to the others.</summary>
    public double Weight { get; }

    /// <summary>Gets the share of its answers that only repeat the question.</summary>
    /// <value>In [0, 1]; 0 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The share is not in this range.</exception>
    public double EchoShare
    {
        get;
        init => field = value is >= 0 and <= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "The share of echoes lies in [0, 1].");
    }
}
