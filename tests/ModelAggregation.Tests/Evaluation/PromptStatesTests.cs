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
}
