using ModelAggregation.Evaluation.Processes;

namespace ModelAggregation.Glue;

/// <summary>An external harness that evaluates (<c>process</c>), with other tasks to select by than to report on.</summary>
public sealed record GlueProcess
{
    /// <summary>Creates the settings.</summary>
    /// <param name="command">The command (<c>command</c>) with the places <c>{model}</c>, <c>{out}</c>, <c>{tasks}</c> and <c>{name}</c>; see <see cref="ProcessEvaluator"/>.</param>
    public GlueProcess(string command)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(command);
        Command = command;
    }

    /// <summary>Gets the command.</summary>
    public string Command { get; }

    /// <summary>Gets the tasks that models are selected by (<c>proxy</c>): their names in the harness with the keys of their scores. At least one.</summary>
    public required IReadOnlyList<HarnessTask> Proxy { get; init; }

    /// <summary>Gets the tasks that are reported (<c>hold_out</c>). At least one.</summary>
    public required IReadOnlyList<HarnessTask> HoldOut { get; init; }

    /// <summary>Gets how long one evaluation may take (<c>time_out</c>, in seconds).</summary>
    /// <value>Null by default: as long as it likes.</value>
    public TimeSpan? TimeOut { get; init => field = new ProcessEvaluatorOptions { TimeOut = value }.TimeOut; }

    /// <summary>Gets how often a process that fails is started again (<c>retries</c>).</summary>
    /// <value>0 by default; not negative.</value>
    public int Retries { get; init => field = new ProcessEvaluatorOptions { Retries = value }.Retries; }

    /// <summary>Gets the folder that the process works in (<c>working_folder</c>).</summary>
    /// <value>Null by default: that of the recipe.</value>
    public string? WorkingFolder { get; init; }
}
