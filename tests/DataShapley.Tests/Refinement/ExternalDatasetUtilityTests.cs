using DataShapley.Datasets;
using DataShapley.Games;
using DataShapley.Refinement;
using DataShapley.Tests.Datasets;
using ModelSdk.Testing;
using RunKit;

namespace DataShapley.Tests.Refinement;

[Platform("Linux,MacOsX")]
public sealed class ExternalDatasetUtilityTests
{
    private const string Lines = "{\"w\":1}\n{\"w\":10}\n{\"w\":100}\n";

    [TestCase("sh -c 'echo training; wc -l < {data}; echo' ", 2.0)]
    [TestCase("sh -c 'echo \"{{ \\\"score\\\": -2.5e1 }}\"' ignored {data}", -25.0)]
    [TestCase("sh -c 'echo noise; cat {data} | tail -n 1 | tr -dc 0-9 > {out}'", 100.0)]
    [TestCase("sh -c 'echo {seed}' {data} {repeat}", 7.0)]
    public async Task ACommand_GetsTheRecordsAndGivesTheValue(string command, double expected)
    {
        using Dataset dataset = await DatasetText.LoadAsync(Lines);
        using TestFolder folder = new();
        ExternalDatasetUtility utility = await ExternalDatasetUtility.CreateAsync(dataset, [1, 0, 2], CommandTemplate.Parse(command), new ExternalUtilityOptions { TemporaryFolder = folder["runs"] });

        IReadOnlyList<double> values = await utility.EvaluateAsync([new UtilityRequest(Coalition.Of(3, 1, 2), 0, 7)]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(values, Is.EqualTo((double[])[expected]));
            Assert.That(utility.PlayerCount, Is.EqualTo(3));
            Assert.That(Directory.GetFileSystemEntries(folder["runs"]), Is.Empty, "each evaluation clears up");
        }
    }

    [TestCase("sh -c 'echo broken >&2; exit 3' {data}", typeof(ProcessException))]
    [TestCase("sh -c 'sleep 30' {data}", typeof(ProcessException))]
    [TestCase("no-such-program-anywhere {data}", typeof(ProcessException))]
    [TestCase("sh -c 'echo done' {data}", typeof(UnreadableScoreException))]
    [TestCase("sh -c true {data}", typeof(UnreadableScoreException))]
    [TestCase("sh -c 'echo \"{{}}\"' {data}", typeof(UnreadableScoreException))]
    [TestCase("sh -c true {data} {out}", typeof(UnreadableScoreException))]
    public async Task ACommand_WithoutAValue_Fails(string command, Type error)
    {
        using Dataset dataset = await DatasetText.LoadAsync(Lines);
        ExternalDatasetUtility utility = await ExternalDatasetUtility.CreateAsync(dataset, [0, 1, 2], CommandTemplate.Parse(command), new ExternalUtilityOptions { TimeOut = TimeSpan.FromSeconds(5) });

        Assert.That(async () => await utility.EvaluateAsync([new UtilityRequest(Coalition.Full(3), 0, 0)]), Throws.TypeOf(error));
    }

    [Test]
    public async Task AFailure_HasTheStandardError()
    {
        using Dataset dataset = await DatasetText.LoadAsync(Lines);
        ExternalDatasetUtility utility = await ExternalDatasetUtility.CreateAsync(dataset, [0], CommandTemplate.Parse("sh -c 'echo out of memory >&2; exit 3' {data}"));

        Assert.That(
            async () => await utility.EvaluateAsync([new UtilityRequest(Coalition.Full(1), 0, 0)]),
            Throws.TypeOf<ProcessException>().With.Message.Contains("out of memory").And.Property("ExitCode").EqualTo(3));
    }

    [Test]
    public async Task Id_TellsRecordsAndCommandsApart()
    {
        using Dataset dataset = await DatasetText.LoadAsync(Lines);

        string[] ids = [await IdAsync([0, 1], "a {data}"), await IdAsync([1, 0], "a {data}"), await IdAsync([0, 1], "b {data}"), await IdAsync([0], "a {data}")];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(ids, Is.Unique);
            Assert.That(await IdAsync([0, 1], "a {data}"), Is.EqualTo(ids[0]));
            Assert.That(() => IdAsync([0], "a"), Throws.ArgumentException);
            Assert.That(() => IdAsync([0], "a {data} {other}"), Throws.ArgumentException);
            Assert.That(() => IdAsync([3], "a {data}"), Throws.InstanceOf<ArgumentOutOfRangeException>());
        }

        async Task<string> IdAsync(int[] records, string command) => (await ExternalDatasetUtility.CreateAsync(dataset, records, CommandTemplate.Parse(command))).Id;
    }
}
