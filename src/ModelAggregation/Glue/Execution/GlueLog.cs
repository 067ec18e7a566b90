using Microsoft.Extensions.Logging;

namespace ModelAggregation.Glue.Execution;

/// <summary>The log lines of a pipeline.</summary>
internal static partial class GlueLog
{
    [LoggerMessage(1, LogLevel.Information, "Gluing {Models} models into {Output}")]
    public static partial void Started(ILogger logger, int models, string output);

    [LoggerMessage(2, LogLevel.Information, "Stage {Stage}")]
    public static partial void Stage(ILogger logger, string stage);

    [LoggerMessage(3, LogLevel.Warning, "{Note}")]
    public static partial void Note(ILogger logger, string note);

    [LoggerMessage(4, LogLevel.Information, "Family {Family}: {Winner} has the best merit {Merit} of {Count} merges")]
    public static partial void Winner(ILogger logger, string family, string winner, double merit, int count);

    [LoggerMessage(5, LogLevel.Information, "Glued in {Seconds} s: {Evaluated} evaluations, {Run} stages carried out and {Reused} complete already")]
    public static partial void Finished(ILogger logger, double seconds, int evaluated, int run, int reused);
}
