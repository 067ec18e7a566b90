using Microsoft.Extensions.Logging;

namespace ModelAggregation.Merging.Execution;

/// <summary>The log lines of a merge.</summary>
internal static partial class MergeLog
{
    [LoggerMessage(1, LogLevel.Information, "Merging {Tensors} tensors with {Method} on {Device} into {Output}")]
    public static partial void Started(ILogger logger, int tensors, string method, string device, string output);

    [LoggerMessage(2, LogLevel.Warning, "{Warning}")]
    public static partial void PlanWarning(ILogger logger, string warning);

    [LoggerMessage(3, LogLevel.Warning, "{Count} elements of tensor {Tensor} of {Model} are NaN or infinite")]
    public static partial void NonFinite(ILogger logger, long count, string tensor, string model);

    [LoggerMessage(4, LogLevel.Information, "Continuing an interrupted merge: {Done} of {Tensors} tensors are complete")]
    public static partial void Resumed(ILogger logger, int done, int tensors);

    [LoggerMessage(5, LogLevel.Information, "Merged {Bytes} bytes in {Seconds} s")]
    public static partial void Finished(ILogger logger, long bytes, double seconds);

    [LoggerMessage(6, LogLevel.Information, "Stage {Stage} is complete already in {Folder}")]
    public static partial void StageReused(ILogger logger, string stage, string folder);
}
