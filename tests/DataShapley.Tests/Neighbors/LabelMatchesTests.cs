using DataShapley.Neighbors;

namespace DataShapley.Tests.Neighbors;

public sealed class LabelMatchesTests
{
    [Test]
    public void Mark_OfAnyLength_IsTheComparison([Values(0, 1, 63, 64, 200)] int length)
    {
        Random random = new(4);
        int[] labels = [.. Enumerable.Range(0, length).Select(_ => random.Next(3) + 65_535)];
        byte[] matches = new byte[length];

        LabelMatches.Mark(labels, 65_536, matches);

        Assert.That(matches, Is.EqualTo(labels.Select(label => label == 65_536 ? (byte)1 : (byte)0)));
    }
}
