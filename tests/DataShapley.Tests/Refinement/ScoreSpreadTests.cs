using DataShapley.Clustering;
using DataShapley.Refinement;

namespace DataShapley.Tests.Refinement;

public sealed class ScoreSpreadTests
{
    private static readonly int[] Labels = [0, 0, 1, 0, 0];
    private static readonly double[] Scores = [-2, 3];

    [Test]
    public void Equal_GivesEachRecordItsClustersScore() => Assert.That(ScoreSpread.Equal(Labels, Scores), Is.EqualTo((double[])[-2, -2, 3, -2, -2]));

    [Test]
    public void BySimilarity_WeighsByTheCosine()
    {
        EmbeddingRows rows = EmbeddingRows.Of((float[])[2, 0, 3, 3, 0, 0, -1, 0, 0, 0], 2);

        Assert.That(ScoreSpread.BySimilarity(rows, Labels, [0, 2], Scores), Is.EqualTo((double[])[-2, -Math.Sqrt(2), 3, 0, 0]).Within(1e-12));
    }
}
