using DataShapley.Games;
using DataShapley.Utilities;
using ModelSdk.Testing;
using RunKit;

namespace DataShapley.Tests.Utilities;

[Platform("Linux,MacOsX", Reason = "The processes are scripts of a shell.")]
public sealed class ExternalProcessUtilityTests
{
    private static readonly Coalition Members = Coalition.Of(300, 299, 4, 17);

    [Test, CancelAfter(60_000)]
    public async Task TheScore_IsTheLastLine_OrTheFile(CancellationToken cancellationToken)
    {
        using TestFolder folder = new();
        string seen = folder["seen"];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await ScoreAsync($"echo training; cat \"$1\" > {seen}; echo \" $2 $3\" >> {seen}; echo 0.25; echo; echo", ["{members}", "{seed}", "{repeat}"], cancellationToken), Is.EqualTo(0.25));
            Assert.That(File.ReadAllText(seen), Is.EqualTo("[4,17,299] 18446744073709551615 2\n"));
            Assert.That(await ScoreAsync("echo '{\"loss\": 1, \"score\": -2.5e-3}'", ["{members}"], cancellationToken), Is.EqualTo(-0.0025));
            Assert.That(await ScoreAsync("echo 9; printf '{\"score\": 7}' > \"$2\"", ["{members}", "{out}"], cancellationToken), Is.EqualTo(7));
            Assert.That(await ScoreAsync("echo '{\"loss\": 1}'", ["{members}"], cancellationToken, new ExternalProcessUtilityOptions { Field = "loss" }), Is.EqualTo(1));
        }
    }

    [TestCase("echo 'out of memory' >&2; exit 3", "out of memory")]
    [TestCase("true", "it is empty")]
    [TestCase("echo nan", "no JSON: 'nan'")]
    [TestCase("echo '\"high\"'", "no number")]
    [TestCase("echo '{\"loss\": 1}'", "no field 'score'")]
    [CancelAfter(60_000)]
    public async Task AProcessWithoutAScore_IsAFailure(string script, string expected, CancellationToken cancellationToken)
    {
        UtilityException error = (await Assert.ThrowsAsync<UtilityException>(() => ScoreAsync(script, ["{members}"], cancellationToken)))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That((error.Reason, error.Coalition), Is.EqualTo((UtilityError.Failed, Members)));
            Assert.That(error.Message, Does.Contain(expected));
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task AFileThatIsNotWritten_IsAFailure(CancellationToken cancellationToken)
    {
        UtilityException error = (await Assert.ThrowsAsync<UtilityException>(() => ScoreAsync("echo 1", ["{members}", "{out}"], cancellationToken)))!;

        Assert.That(error.Message, Does.Contain("it wrote no file {out}"));
    }

    [Test, CancelAfter(60_000)]
    public async Task AProcessThatTakesTooLong_IsKilled(CancellationToken cancellationToken)
    {
        ManualTime time = new();
        using TestFolder folder = new();
        Task<double> score = ScoreAsync("sleep 1000", ["{members}"], cancellationToken, new ExternalProcessUtilityOptions { TimeOut = TimeSpan.FromSeconds(1), Time = time });
        while (!score.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        UtilityException error = (await Assert.ThrowsAsync<UtilityException>(() => score))!;
        Assert.That((error.Reason, ((ProcessException)error.InnerException!).Error), Is.EqualTo((UtilityError.TimedOut, ProcessError.TimedOut)));
    }

    [Test, CancelAfter(60_000)]
    public async Task AProcessThatFails_IsStartedAgain(CancellationToken cancellationToken)
    {
        using TestFolder folder = new();
        string script = $"echo x >> {folder["starts"]}; test $(wc -l < {folder["starts"]}) -ge 3 && echo 5";

        double score = await ScoreAsync(script, ["{members}"], cancellationToken, new ExternalProcessUtilityOptions { Retries = 2 });

        Assert.That((score, File.ReadAllLines(folder["starts"]).Length), Is.EqualTo((5.0, 3)));
    }

    [Test, CancelAfter(60_000)]
    public async Task TemporaryFiles_AreDeleted_AlsoAfterFailures([Values("cat \"$1\" >/dev/null; dirname \"$1\" > {0}; echo 1", "dirname \"$1\" > {0}; exit 1")] string script, CancellationToken cancellationToken)
    {
        using TestFolder folder = new();
        try
        {
            await ScoreAsync(script.Replace("{0}", folder["where"], StringComparison.Ordinal), ["{members}"], cancellationToken);
        }
        catch (UtilityException)
        {
            Assert.That(script, Does.Contain("exit 1"));
        }

        Assert.That(Directory.Exists(File.ReadAllText(folder["where"]).Trim()), Is.False);
    }

    [Test]
    public void ACommand_HasAPlaceForTheMembers_AndNoneThatIsUnknown()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => Create("train --seed {seed}"), Throws.ArgumentException.With.Message.Contains("{members}"));
            Assert.That(() => Create("train {members} {model}"), Throws.ArgumentException.With.Message.Contains("{model}"));
            Assert.That(((string[])[Create("train {members}").Id, Create("train {members} {seed}").Id, Create("train '{members} {seed}'").Id]), Is.Unique);
        }

        static ExternalProcessUtility Create(string command) => new("data", 3, CommandTemplate.Parse(command));
    }

    private static async Task<double> ScoreAsync(string script, string[] places, CancellationToken cancellationToken, ExternalProcessUtilityOptions? options = null)
    {
        string text = script.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal);
        ExternalProcessUtility utility = new("data", 300, new CommandTemplate(["/bin/sh", "-c", text, "script", .. places]), options);
        return (await utility.EvaluateAsync([new UtilityRequest(Members, 2, ulong.MaxValue)], cancellationToken))[0];
    }
}
