using ModelAggregation.Evaluation;

namespace ModelAggregation.Tests.Evaluation;

public sealed class PromptStatesTests
{
    [Test]
    public void Rows_AreThoseOfTheLayer()
    {
        PromptStates states = new(4, 2, [1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12], [13, 14]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((states.LayerCount, states.HiddenSize, states.TokenCount), Is.EqualTo((3, 2, 4)));
            Assert.That(states.Last(1).ToArray(), Is.EqualTo((float[])[3, 4]));
            Assert.That(states.Mean(2).ToArray(), Is.EqualTo((float[])[11, 12]));
            Assert.That(states.EmbeddingSum.ToArray(), Is.EqualTo((float[])[13, 14]));
            Assert.That(() => states.Last(3).Length, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new PromptStates(1, 2, [1, 2, 3], [1, 2, 3], [1, 2]), Throws.ArgumentException);
            Assert.That(() => new PromptStates(1, 2, [1, 2], [1, 2], [1]), Throws.ArgumentException);
        }
    }

    [Test]
    public void FeedForwardInputs_AreKnownOnlyWhenTheyWereRead()
    {
        PromptStates without = new(1, 2, [1, 2], [1, 2], [1, 2]);
        PromptStates with = new(1, 2, [1, 2, 3, 4], [1, 2, 3, 4], [1, 2], [5, 6, 7, 8], [9, 10, 11, 12]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((without.HasFeedForwardInputs, with.HasFeedForwardInputs), Is.EqualTo((false, true)));
            Assert.That(with.FeedForwardLast(1).ToArray(), Is.EqualTo((float[])[7, 8]));
            Assert.That(with.FeedForwardMean(0).ToArray(), Is.EqualTo((float[])[9, 10]));
            Assert.That(() => without.FeedForwardLast(0).Length, Throws.InvalidOperationException);
            Assert.That(() => new PromptStates(1, 2, [1, 2], [1, 2], [1, 2], [1, 2]), Throws.ArgumentException);
            Assert.That(() => new PromptStates(1, 2, [1, 2], [1, 2], [1, 2], [1, 2, 3, 4], [1, 2, 3, 4]), Throws.ArgumentException);
        }
    }
}
