using DataShapley.Games;
using ModelSdk.Testing;

namespace DataShapley.Tests.Games;

public sealed class GrowthTests
{
    private static readonly int[] Order = [3, 0, 4, 1, 2];

    [Test]
    public async Task Growing_AndEvaluatingAnew_GiveTheSame()
    {
        static double Value(Coalition coalition) => Math.Sqrt(coalition.Words[0]);
        using UtilityEvaluator growing = new(new GrowingUtility(5, (coalition, _) => Value(coalition)));
        using UtilityEvaluator anew = new(new DelegateUtility("anew", 5, Value));

        Assert.That(await growing.GrowAsync(Order, _ => 0), Is.EqualTo(await anew.GrowAsync(Order, _ => 0)));
    }

    [Test]
    public async Task ARule_IsToldEachStepOnce_AndStopsGrowth([Values] bool isIncremental)
    {
        IUtility utility = isIncremental ? new GrowingUtility(5, (coalition, _) => coalition.Size) : new DelegateUtility("anew", 5, coalition => coalition.Size);
        using UtilityEvaluator evaluator = new(utility);
        List<(int, double)> told = [];

        double[] values = await evaluator.GrowAsync(Order, _ => 0, (count, value) =>
        {
            told.Add((count, value));
            return count < 3;
        });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(values, Is.EqualTo((double[])[1, 2, 3]));
            Assert.That(told, Is.EqualTo(((int, double)[])[(1, 1), (2, 2), (3, 3)]));
            Assert.That(evaluator.Counts.Requested, Is.EqualTo(3));
        }
    }

    [Test]
    public async Task AStepThatFails_WithSkip_IsLeftOut_AndTheRestEvaluatedAnew()
    {
        GrowingUtility utility = new(5, (coalition, _) => coalition.Size == 3 ? throw new InvalidOperationException("three") : coalition.Size);
        using UtilityEvaluator evaluator = new(utility, new EvaluationOptions { OnException = FailurePolicy.Skip });
        List<int> told = [];

        double[] values = await evaluator.GrowAsync(Order, _ => 0, (count, _) =>
        {
            told.Add(count);
            return true;
        });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(values, Is.EqualTo((double[])[1, 2, double.NaN, 4, 5]));
            Assert.That(told, Is.EqualTo((int[])[1, 2, 3, 4, 5]), "a rule with a memory must not be told a step twice");
            Assert.That(utility.Evaluated.Select(coalition => coalition.Size), Is.EqualTo((int[])[3, 4, 5]));
            Assert.That(evaluator.Counts, Is.EqualTo(new EvaluationCounts(5, 4, 0, 0, 1)));
        }
    }

    [Test]
    public async Task AStepThatFails_WithThrow_NamesTheCoalition()
    {
        using UtilityEvaluator evaluator = new(new GrowingUtility(5, (coalition, _) => coalition.Size == 3 ? throw new InvalidOperationException("three") : coalition.Size));

        UtilityException error = (await Assert.ThrowsAsync<UtilityException>(async () => await evaluator.GrowAsync(Order, _ => 0)))!;

        Assert.That((error.Reason, error.Coalition, error.InnerException!.Message), Is.EqualTo((UtilityError.Failed, Coalition.Of(5, 3, 0, 4), "three")));
    }

    [Test]
    public async Task AValueThatIsNotFinite_FollowsItsPolicy()
    {
        GrowingUtility utility = new(5, (coalition, _) => coalition.Size == 3 ? double.NaN : coalition.Size);
        using UtilityEvaluator skips = new(utility, new EvaluationOptions { OnNotFinite = FailurePolicy.Skip });
        using UtilityEvaluator replaces = new(utility, new EvaluationOptions { OnNotFinite = FailurePolicy.Use(-1) });
        using UtilityEvaluator throws = new(utility, new EvaluationOptions { OnException = FailurePolicy.Skip });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await skips.GrowAsync(Order, _ => 0), Is.EqualTo((double[])[1, 2, double.NaN, 4, 5]));
            Assert.That(await replaces.GrowAsync(Order, _ => 0), Is.EqualTo((double[])[1, 2, -1, 4, 5]));
            Assert.That(async () => await throws.GrowAsync(Order, _ => 0), Throws.InstanceOf<UtilityException>().With.Property("Reason").EqualTo(UtilityError.NotFinite));
            Assert.That(throws.Counts.Failed, Is.EqualTo(1));
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task GrowthThatTakesTooLong_GoesOnByCoalitions_FromWhereItWas(CancellationToken cancellationToken)
    {
        ManualTime time = new();
        using SemaphoreSlim stuck = new(0);
        using ManualResetEventSlim never = new();
        GrowingUtility utility = new(5, (coalition, isGrowing) =>
        {
            if (isGrowing && coalition.Size == 3)
            {
                stuck.Release();
                never.Wait(cancellationToken);
            }

            return coalition.Size;
        });
        using UtilityEvaluator evaluator = new(utility, new EvaluationOptions { TimeOut = TimeSpan.FromSeconds(1), Time = time, OnException = FailurePolicy.Skip });
        List<int> told = [];

        Task<double[]> growing = evaluator.GrowAsync(Order, _ => 0, (count, _) =>
        {
            told.Add(count);
            return true;
        }, cancellationToken);
        await stuck.WaitAsync(cancellationToken);
        time.Advance(TimeSpan.FromSeconds(4));
        bool isPatient = !growing.IsCompleted;
        time.Advance(TimeSpan.FromSeconds(1.5));
        double[] values = await growing;
        never.Set();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(isPatient, Is.True, "five players have five times the time of one");
            Assert.That(values, Is.EqualTo((double[])[1, 2, 3, 4, 5]));
            Assert.That(told, Is.EqualTo((int[])[1, 2, 3, 4, 5]));
        }
    }

    [Test]
    public async Task GrowthThatFails_KeepsInTheJournalWhatItComputed([Values] bool isNotFinite)
    {
        using TestFolder folder = new();
        EvaluationOptions options = new() { JournalPath = folder["run.journal"] };
        bool isWell = false;
        GrowingUtility utility = new(5, (coalition, _) => isWell || coalition.Size != 4 ? coalition.Size : isNotFinite ? double.NaN : throw new InvalidOperationException("four"));
        using (UtilityEvaluator first = new(utility, options))
        {
            await Assert.ThatAsync(() => first.GrowAsync(Order, _ => 0), Throws.TypeOf<UtilityException>());
        }

        isWell = true;
        using UtilityEvaluator second = new(utility, options);
        double[] values = await second.GrowAsync(Order, _ => 0);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(values, Is.EqualTo((double[])[1, 2, 3, 4, 5]));
            Assert.That((second.Counts.FromJournal, second.Counts.Evaluated), Is.EqualTo((3, 2)));
        }
    }

    [Test]
    public async Task GrowthInAJournal_ThatAnotherRuleCutOff_ServesAsFarAsItGoes()
    {
        using TestFolder folder = new();
        EvaluationOptions options = new() { JournalPath = folder["run.journal"] };
        GrowingUtility utility = new(5, (coalition, _) => coalition.Size);
        using (UtilityEvaluator first = new(utility, options))
        {
            await first.GrowAsync(Order, _ => 0, (count, _) => count < 2);
        }

        List<int> told = [];
        EvaluationCounts counts;
        double[] values;
        using (UtilityEvaluator second = new(utility, options))
        {
            values = await second.GrowAsync(Order, _ => 0, (count, _) =>
            {
                told.Add(count);
                return true;
            });
            counts = second.Counts;
        }

        using UtilityEvaluator third = new(utility, options);
        double[] again = await third.GrowAsync(Order, _ => 0, (count, _) => count < 4);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(values, Is.EqualTo((double[])[1, 2, 3, 4, 5]));
            Assert.That(told, Is.EqualTo((int[])[1, 2, 3, 4, 5]));
            Assert.That((counts.Requested, counts.FromJournal, counts.Evaluated), Is.EqualTo((5, 2, 3)));
            Assert.That(again, Is.EqualTo((double[])[1, 2, 3, 4]));
            Assert.That(third.Counts.Evaluated, Is.Zero);
            Assert.That(utility.Begun, Is.EqualTo(2));
        }
    }
}
