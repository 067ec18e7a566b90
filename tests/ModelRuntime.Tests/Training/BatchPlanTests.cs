using ModelRuntime.Training;

namespace ModelRuntime.Tests.Training;

/// <summary>Which examples each step takes.</summary>
public sealed class BatchPlanTests
{
    private static readonly TrainingExample[] Examples = [.. Enumerable.Range(0, 10).Select(i => new TrainingExample((int[])[i, i, i]))];

    [Test]
    public void Steps_OfEpochs_TakeEveryExampleOnceInEach()
    {
        BatchPlan plan = new(Examples, new TrainingOptions { BatchSize = 4, Epochs = 2 });
        int[][] steps = [.. Enumerable.Range(0, plan.Steps).Select(step => Members(plan, step))];
        int[] first = [.. steps[..3].SelectMany(step => step)];
        int[] second = [.. steps[3..].SelectMany(step => step)];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(steps.Select(step => step.Length), Is.EqualTo([4, 4, 2, 4, 4, 2]));
            Assert.That(first, Is.EquivalentTo(Enumerable.Range(0, 10)));
            Assert.That(second, Is.EquivalentTo(Enumerable.Range(0, 10)));
            Assert.That(first, Is.Not.EqualTo(second));
        }
    }

    [Test]
    public void PartsOf_AnyStep_AreTheSameWithoutThoseBefore()
    {
        TrainingOptions options = new() { BatchSize = 3, Epochs = 5, Seed = 4 };
        BatchPlan one = new(Examples, options);
        for (int step = 0; step < one.Steps; step++)
        {
            Assert.That(Members(one, step), Is.EqualTo(Members(new BatchPlan(Examples, options), step)));
        }
    }

    [Test]
    public void PartsOf_AnotherSeed_AreOthers()
    {
        BatchPlan one = new(Examples, new TrainingOptions { BatchSize = 10 });
        BatchPlan other = new(Examples, new TrainingOptions { BatchSize = 10, Seed = 1 });
        Assert.That(Members(one, 0), Is.Not.EqualTo(Members(other, 0)));
    }

    [Test]
    public void PartsOf_WithoutShuffling_ComeAsGiven()
    {
        BatchPlan plan = new(Examples, new TrainingOptions { BatchSize = 4, ShufflesExamples = false, Steps = 4 });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(plan.Steps, Is.EqualTo(4));
            Assert.That(Members(plan, 1), Is.EqualTo([4, 5, 6, 7]));
            Assert.That(Members(plan, 2), Is.EqualTo([8, 9]));
            Assert.That(Members(plan, 3), Is.EqualTo([0, 1, 2, 3]));
        }
    }

    [Test]
    public void PartsOf_MoreTokensThanAtOnce_AreCut()
    {
        BatchPlan plan = new(Examples, new TrainingOptions { BatchSize = 5, MicroBatchTokens = 7, ShufflesExamples = false });
        Assert.That(plan.PartsOf(0).Select(part => part.Batch.SequenceCount), Is.EqualTo([2, 2, 1]));
    }

    [Test]
    public void PartsOf_AnExampleLongerThanAtOnce_HaveItAlone()
    {
        BatchPlan plan = new(Examples, new TrainingOptions { BatchSize = 2, MicroBatchTokens = 1, ShufflesExamples = false });
        Assert.That(plan.PartsOf(0).Select(part => part.Batch.TokenCount), Is.EqualTo([3, 3]));
    }

    [Test]
    public void PartsOf_Examples_HaveTheirLabels()
    {
        TrainingExample[] examples = [new((int[])[1, 2, 3], 2), new((int[])[4, 5])];
        MicroBatch part = new BatchPlan(examples, new TrainingOptions { ShufflesExamples = false }).PartsOf(0)[0];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(part.Batch.Tokens.ToArray(), Is.EqualTo([1, 2, 3, 4, 5]));
            Assert.That(part.Labels, Is.EqualTo([-1, 3, -1, 5, -1]));
            Assert.That(part.LabelCount, Is.EqualTo(2));
        }
    }

    private static int[] Members(BatchPlan plan, int step) =>
        [.. plan.PartsOf(step).SelectMany(part => Enumerable.Range(0, part.Batch.SequenceCount).Select(i => part.Batch.Tokens[part.Batch.StartOf(i)]))];
}
