namespace RunKit;

/// <summary>The ways in which an external process can fail.</summary>
public enum ProcessError
{
    /// <summary>The program cannot be started: it is not there, or may not be run.</summary>
    NotStarted,

    /// <summary>The process ended with a code other than zero.</summary>
    ExitCode,

    /// <summary>The process took longer than it may and was killed, with those that it had started.</summary>
    TimedOut,
}
