using System.Collections.Concurrent;
using System.Globalization;
using ModelSdk.Testing;

namespace RunKit.Tests;

/// <summary>External processes, here shells.</summary>
[Platform("Unix")]
[CancelAfter(60_000)]
public sealed class ExternalProcessTests
{
    [Test]
    public async Task Run_OfAProcess_ReportsItsLinesInOrder(CancellationToken token)
    {
        Lines lines = new();
        await ExternalProcess.RunAsync(Shell("echo one; echo; printf 'three'"), lines, token);
        Assert.That(lines.All, Is.EqualTo(["one", string.Empty, "three"]));
    }

    [Test]
    public async Task Run_PassesArgumentsAndEnvironmentAsTheyAre_AndNoInput(CancellationToken token)
    {
        Lines lines = new();
        ExternalCommand command = new(["/bin/sh", "-c", "cat; echo \"$1\"; echo $COLOUR; pwd", "sh", "a  b; echo c"])
        {
            Environment = new Dictionary<string, string?>(StringComparer.Ordinal) { ["COLOUR"] = "green" },
            WorkingFolder = "/",
        };
        await ExternalProcess.RunAsync(command, lines, token);
        Assert.That(lines.All, Is.EqualTo(["a  b; echo c", "green", "/"]));
    }

    [Test]
    public async Task Run_OfAProcessThatFails_SaysItsCodeAndItsLastWords(CancellationToken token)
    {
        ProcessException error = (await Assert.ThrowsAsync<ProcessException>(
            () => ExternalProcess.RunAsync(Shell("echo 123456789 >&2; exit 7") with { ErrorTailLength = 5 }, null, token)))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Error, Is.EqualTo(ProcessError.ExitCode));
            Assert.That(error.ExitCode, Is.EqualTo(7));
            Assert.That(error.ErrorTail, Is.EqualTo("6789\n"));
            Assert.That(error.Message, Does.Contain("code 7").And.Contain("6789"));
        }
    }

    [Test]
    public async Task Run_OfAProgramThatIsNotThere_SaysSo(CancellationToken token)
    {
        ProcessException error = (await Assert.ThrowsAsync<ProcessException>(() => ExternalProcess.RunAsync(new ExternalCommand(["/no/such/program"]), null, token)))!;
        Assert.That(error.Error, Is.EqualTo(ProcessError.NotStarted));
    }

    [Test]
    public async Task Run_OfAProcessThatTakesTooLong_KillsIt(CancellationToken token)
    {
        ManualTime time = new();
        Lines lines = new(_ => time.Advance(TimeSpan.FromMinutes(2)));
        ExternalCommand command = Shell("echo late >&2; echo ready; tail -f /dev/null") with { TimeOut = TimeSpan.FromMinutes(1), Time = time };
        ProcessException error = (await Assert.ThrowsAsync<ProcessException>(() => ExternalProcess.RunAsync(command, lines, token)))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Error, Is.EqualTo(ProcessError.TimedOut));
            Assert.That(error.ExitCode, Is.Null);
            Assert.That(error.Message, Does.Contain("00:01:00").And.Contain("late"));
        }
    }

    [Test]
    [Platform("Linux")]
    public async Task Run_WhenCancelled_KillsTheWholeTree(CancellationToken token)
    {
        using CancellationTokenSource cancel = CancellationTokenSource.CreateLinkedTokenSource(token);
        int child = 0;
        Lines lines = new(line =>
        {
            child = int.Parse(line, CultureInfo.InvariantCulture);
            cancel.Cancel();
        });
        await Assert.CatchAsync<OperationCanceledException>(() => ExternalProcess.RunAsync(Shell("tail -f /dev/null & echo $!; wait"), lines, cancel.Token));
        Assert.That(() => IsRunning(child), Is.False.After(30_000, 5));
    }

    [Test]
    public void Run_WithAProgressThatThrows_EndsWithItsError(CancellationToken token)
    {
        Lines lines = new(_ => throw new InvalidOperationException("no more"));
        Assert.That(() => ExternalProcess.RunAsync(Shell("echo one; tail -f /dev/null"), lines, token), Throws.InvalidOperationException.With.Message.EqualTo("no more"));
    }

    [Test]
    public async Task Read_OfALineWithoutEnd_GivesPieces()
    {
        List<string> lines = [];
        await LineReader.ReadAsync(new StringReader(new string('x', LineReader.MaxLength) + "\n" + new string('y', LineReader.MaxLength + 1) + "\r\nz"), lines.Add);
        Assert.That(lines.Select(line => line.Length), Is.EqualTo([LineReader.MaxLength, LineReader.MaxLength, 1, 1]));
    }

    private static ExternalCommand Shell(string script) => new(["/bin/sh", "-c", script]);

    // Killed, but not waited for by whoever inherited it, it is a zombie.
    private static bool IsRunning(int process)
    {
        try
        {
            string status = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat"));
            return status[status.LastIndexOf(')') + 2] != 'Z';
        }
        catch (IOException)
        {
            return false;
        }
    }

    private sealed class Lines(Action<string>? heard = null) : IProgress<string>
    {
        private readonly ConcurrentQueue<string> _all = new();

        public IReadOnlyList<string> All => [.. _all];

        public void Report(string value)
        {
            _all.Enqueue(value);
            heard?.Invoke(value);
        }
    }
}
