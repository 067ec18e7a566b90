namespace ModelAggregation.Glue;

/// <summary>Prompts of a task, from which routers learn what its texts look like.</summary>
public sealed record GluePrompts
{
    /// <summary>Creates the prompts of a task.</summary>
    /// <param name="task">The task's name (<c>task</c>).</param>
    /// <param name="texts">The prompts (<c>texts</c>).</param>
    public GluePrompts(string task, IReadOnlyList<string> texts)
    {
        ArgumentException.ThrowIfNullOrEmpty(task);
        ArgumentNullException.ThrowIfNull(texts);
        Task = task;
        Texts = [.. texts];
    }

    /// <summary>Gets the task's name.</summary>
    public string Task { get; }

    /// <summary>Gets the prompts.</summary>
    public IReadOnlyList<string> Texts { get; }
}
