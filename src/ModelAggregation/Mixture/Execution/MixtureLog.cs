using Microsoft.Extensions.Logging;

namespace ModelAggregation.Mixture.Execution;

/// <summary>The log lines of writing mixtures.</summary>
internal static partial class MixtureLog
{
    [LoggerMessage(1, LogLevel.Information, "Writing a mixture of {Experts} experts in {Tensors} tensors into {Output}")]
    public static partial void Started(ILogger logger, int experts, int tensors, string output);

    [LoggerMessage(2, LogLevel.Warning, "{Warning}")]
    public static partial void PlanWarning(ILogger logger, string warning);

    [LoggerMessage(3, LogLevel.Information, "Continued an interrupted run: {Done} of {Tensors} tensors were complete")]
    public static partial void Resumed(ILogger logger, int done, int tensors);

    [LoggerMessage(4, LogLevel.Information, "Wrote {Bytes} bytes in {Seconds} s")]
    public static partial void Finished(ILogger logger, long bytes, double seconds);
}
