using DataShapley.Estimators;
using DataShapley.Games;
using ModelSdk.Testing;
using RunKit;

namespace DataShapley.Tests.Caching;

public sealed class JournalTests
{
    [Test]
    public async Task AFlippedBit_BeforeTheLastLine_IsRefused()
    {
        using TestFolder folder = new();
        string path = await RecordAsync(folder);
        byte[] whole = File.ReadAllBytes(path);
        int lastLine = whole.AsSpan(0, whole.Length - 1).LastIndexOf((byte)'\n') + 1;
        int header = whole.AsSpan().IndexOf((byte)'\n') + 1;
        for (int i = header; i < lastLine; i += 7)
        {
            byte[] damaged = [.. whole];
            damaged[i] ^= 1;
            File.WriteAllBytes(path, damaged);

            Assert.That(() => Open(path), Throws.InstanceOf<JournalException>().With.Property("Error").EqualTo(JournalError.Corrupt), $"byte {i}");
        }
    }

    [Test]
    public async Task ATornLastLine_IsEvaluatedAgain_AndNothingElse()
    {
        using TestFolder folder = new();
        string path = await RecordAsync(folder);
        byte[] whole = File.ReadAllBytes(path);
        int lastLine = whole.AsSpan(0, whole.Length - 1).LastIndexOf((byte)'\n') + 1;
        foreach (int length in (int[])[lastLine + 1, (lastLine + whole.Length) / 2, whole.Length - 1])
        {
            File.WriteAllBytes(path, whole[..length]);
            int calls = 0;
            ValuationResult result = await ValueAsync(path, coalition =>
            {
                calls++;
                return Value(coalition);
            });

            using (Assert.EnterMultipleScope())
            {
                Assert.That(calls, Is.EqualTo(1));
                Assert.That(result.EvaluationCounts.FromJournal, Is.EqualTo(15));
                Assert.That(File.ReadAllBytes(path), Is.EqualTo(whole));
            }
        }
    }

    [Test]
    public async Task TheJournalOfAnotherUtility_IsRefused()
    {
        using TestFolder folder = new();
        string path = await RecordAsync(folder);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new UtilityEvaluator(new DelegateUtility("other", 4, Value), new EvaluationOptions { JournalPath = path }), Throws.InstanceOf<JournalException>().With.Property("Error").EqualTo(JournalError.OtherRun));
            Assert.That(() => new UtilityEvaluator(new DelegateUtility("game", 5, Value), new EvaluationOptions { JournalPath = path }), Throws.InstanceOf<JournalException>().With.Property("Error").EqualTo(JournalError.OtherRun));
        }
    }

    [Test]
    public async Task AJournalInUse_IsRefused_AndOneLeftIsNot()
    {
        using TestFolder folder = new();
        string path = await RecordAsync(folder);
        using (Open(path))
        {
            Assert.That(() => Open(path), Throws.InstanceOf<JournalException>().With.Property("Error").EqualTo(JournalError.InUse));
        }

        Assert.That(() => Open(path).Dispose(), Throws.Nothing);
    }

    [Test]
    public async Task Failures_AreNotRecorded_AndAreTriedAgain([Values] bool isException)
    {
        using TestFolder folder = new();
        double Fails(Coalition coalition) => coalition.Size != 2 ? Value(coalition) : isException ? throw new InvalidOperationException("bad") : double.NaN;
        string path = folder["run.journal"];
        ValuationResult first = await ValueAsync(path, Fails);
        int calls = 0;
        ValuationResult second = await ValueAsync(path, coalition =>
        {
            calls++;
            return Value(coalition);
        });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.EvaluationCounts.Failed, Is.EqualTo(6));
            Assert.That(calls, Is.EqualTo(6));
            Assert.That(second.Values, Is.EqualTo((await ValueAsync(folder["fresh.journal"], Value)).Values));
        }
    }

    [Test]
    public async Task ABatchWithAnError_KeepsWhatWasComputed()
    {
        using TestFolder folder = new();
        string path = folder["run.journal"];
        double[] Answer(IReadOnlyList<UtilityRequest> requests) => [.. requests.Select(request => request.Coalition.Size == 1 ? double.NaN : request.Coalition.Size)];
        UtilityRequest[] requests = [.. Enumerable.Range(0, 4).Select(mask => new UtilityRequest(Coalition.FromWords(4, [(ulong)mask]), 0, 0))];
        using (UtilityEvaluator evaluator = new(new Games.HostileUtility(4, Answer), new EvaluationOptions { JournalPath = path, Workers = 1 }))
        {
            Assert.That(async () => await evaluator.EvaluateAsync(requests), Throws.InstanceOf<UtilityException>());
        }

        using UtilityEvaluator second = new(new Games.HostileUtility(4, Answer), new EvaluationOptions { JournalPath = path, OnNotFinite = FailurePolicy.Skip });
        await second.EvaluateAsync(requests);
        Assert.That(second.Counts.FromJournal, Is.EqualTo(2));
    }

    private static UtilityEvaluator Open(string path) => new(new DelegateUtility("game", 4, Value), new EvaluationOptions { JournalPath = path });

    private static async Task<string> RecordAsync(TestFolder folder)
    {
        string path = folder["run.journal"];
        await ValueAsync(path, Value);
        return path;
    }

    private static Task<ValuationResult> ValueAsync(string path, Func<Coalition, double> value)
    {
        EvaluationOptions options = new() { JournalPath = path, Workers = 1, OnException = FailurePolicy.Use(0), OnNotFinite = FailurePolicy.Use(0) };
        return new DataValuator().ValueAsync(new DelegateUtility("game", 4, value), new ValuationRecipe(new ExactEstimator()) { Evaluation = options });
    }

    private static double Value(Coalition coalition) => Math.Sqrt(coalition.Words[0]);
}
