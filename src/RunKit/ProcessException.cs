namespace RunKit;

/// <summary>The error of an external process, with the end of what it wrote to its standard error.</summary>
public sealed class ProcessException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="error">What is wrong.</param>
    /// <param name="message">The same with names and values.</param>
    /// <param name="program">The program.</param>
    /// <param name="exitCode">Its exit code, when it ended by itself.</param>
    /// <param name="errorTail">The end of what it wrote to its standard error.</param>
    /// <param name="innerException">What caused it, if anything.</param>
    public ProcessException(ProcessError error, string message, string program, int? exitCode = null, string errorTail = "", Exception? innerException = null)
        : base(message, innerException)
    {
        Error = error;
        Program = program;
        ExitCode = exitCode;
        ErrorTail = errorTail;
    }

    /// <summary>Gets what is wrong.</summary>
    public ProcessError Error { get; }

    /// <summary>Gets the program.</summary>
    public string Program { get; }

    /// <summary>Gets the exit code; null when the process did not end by itself.</summary>
    public int? ExitCode { get; }

    /// <summary>Gets the end of what the process wrote to its standard error; empty when it wrote nothing.</summary>
    public string ErrorTail { get; }
}
