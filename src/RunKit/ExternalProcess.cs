using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace RunKit;

/// <summary>Runs external processes: no shell, no window, an empty standard input.</summary>
public static class ExternalProcess
{
    // What a killed process wrote last is read for as long; one that it left behind may hold the pipes for ever.
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(2);

    /// <summary>Runs a process until it ends.</summary>
    /// <param name="command">What to run.</param>
    /// <param name="output">Is told of each line of the standard output, in order; lines of more than 64 Ki characters come in pieces.</param>
    /// <param name="cancellationToken">Kills the process and those that it started.</param>
    /// <exception cref="ProcessException">The process cannot be started, ends with a code other than zero, or takes too long.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; the process was killed.</exception>
    public static async Task RunAsync(ExternalCommand command, IProgress<string>? output = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(command);
        ArgumentOutOfRangeException.ThrowIfZero(command.Arguments.Count);
        cancellationToken.ThrowIfCancellationRequested();
        using Process process = new() { StartInfo = StartInfo(command) };
        string program = command.Arguments[0];

        // The clock runs before the process does: nothing that it prints can be earlier than its time.
        using CancellationTokenSource timeOut = new(command.TimeOut ?? Timeout.InfiniteTimeSpan, command.Time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeOut.Token, cancellationToken);
        Start(process, program);
        process.StandardInput.Close();
        TextTail tail = new(command.ErrorTailLength);
        Task reading = Task.WhenAll(
            LineReader.ReadAsync(process.StandardOutput, line => Report(line, output, process)), LineReader.ReadPiecesAsync(process.StandardError, tail.Append));

        // Killed in the call that cancels, not later: whoever cancels may be about to leave.
        await using (either.Token.Register(() => Kill(process)).ConfigureAwait(false))
        {
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        }

        bool isLate = timeOut.IsCancellationRequested;
        await DrainAsync(reading).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        if (process.ExitCode == 0)
        {
            return;
        }

        if (isLate)
        {
            throw new ProcessException(
                ProcessError.TimedOut, $"'{program}' took longer than {command.TimeOut} and was killed.{Said(tail)}", program, errorTail: tail.ToString());
        }

        throw new ProcessException(
            ProcessError.ExitCode, $"'{program}' ended with code {process.ExitCode}.{Said(tail)}", program, process.ExitCode, tail.ToString());
    }

    private static ProcessStartInfo StartInfo(ExternalCommand command)
    {
        ProcessStartInfo info = new(command.Arguments[0], command.Arguments.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            UseShellExecute = false,
            CreateNoWindow = true,
            WorkingDirectory = command.WorkingFolder ?? string.Empty,
        };
        foreach ((string name, string? value) in command.Environment)
        {
            info.Environment[name] = value;
        }

        return info;
    }

    private static void Start(Process process, string program)
    {
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            throw new ProcessException(ProcessError.NotStarted, $"'{program}' cannot be started: {e.Message}", program, innerException: e);
        }
    }

    private static void Report(string line, IProgress<string>? output, Process process)
    {
        try
        {
            output?.Report(line);
        }
        catch
        {
            // Nobody reads on, and a process whose output is not read never ends.
            Kill(process);
            throw;
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It has ended, or is ending; what of its tree cannot be stopped does not keep the caller.
        }
    }

    private static async Task DrainAsync(Task reading)
    {
        try
        {
            await reading.WaitAsync(Drain).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // A process that outlives its parent holds the pipes; the parent has said all it had to say.
        }
    }

    private static string Said(TextTail tail)
    {
        string text = tail.ToString().Trim();
        return text.Length == 0 ? " It wrote nothing to its standard error." : $" The end of its standard error: {text}";
    }
}
