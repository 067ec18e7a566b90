using Microsoft.Extensions.Logging;

namespace LoraFederation.Rounds;

/// <summary>The log lines of a run.</summary>
internal static partial class FederationLog
{
    [LoggerMessage(1, LogLevel.Information, "Continuing the run in {Folder}: {Rounds} rounds are finished, {Clients} clients of the next have answered")]
    public static partial void Resumed(ILogger logger, string folder, int rounds, int clients);

    [LoggerMessage(2, LogLevel.Information, "Round {Round} starts with {Clients} clients from state {State}")]
    public static partial void Started(ILogger logger, int round, int clients, string state);

    [LoggerMessage(3, LogLevel.Warning, "Round {Round}: {Reason}")]
    public static partial void Lost(ILogger logger, int round, string reason, Exception? exception);

    [LoggerMessage(4, LogLevel.Warning, "Round {Round}: quarantined: {Reason}")]
    public static partial void Quarantined(ILogger logger, int round, string reason);

    [LoggerMessage(5, LogLevel.Information, "Round {Round} is finished with {Clients} clients: state {State}")]
    public static partial void Finished(ILogger logger, int round, int clients, string state);
}
