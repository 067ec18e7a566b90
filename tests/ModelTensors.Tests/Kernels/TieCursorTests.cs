using ModelTensors.Devices;
using ModelTensors.Kernels;

namespace ModelTensors.Tests.Kernels;

[Category("Kernels")]
public sealed class TieCursorTests
{
    [TestCase(1, 1)]
    [TestCase(2, 1)]
    [TestCase(1000, 999)]
    [TestCase(65_536, 12_345)]
    [TestCase(99_991, 50_000)]
    public void CursorAt_OverAllTies_KeepsExactlyAsManyAsAsked(int ties, int keep)
    {
        foreach (TieRule rule in Enum.GetValues<TieRule>())
        {
            TieCursor cursor = new ElementSelection(SelectionKey.Magnitude(0), 0, 0, ties, keep, rule, [0]).CursorAt(0);
            bool[] kept = [.. Enumerable.Range(0, ties).Select(_ => cursor.KeepsNext())];
            Assert.That(kept.Count(keeps => keeps), Is.EqualTo(keep));
            if (rule == TieRule.LowestIndex)
            {
                Assert.That(kept[..keep], Has.All.True);
            }
        }
    }

    [TestCase(0.08, 0.5)]
    [TestCase(0.08, 0.1)]
    [TestCase(0.3, 0.77)]
    public void CursorAt_OverTiesInAMatrix_FavoursNoRegionAndNoColumn(double share, double keep)
    {
        const int columns = 4096;
        const int rows = 512;
        Random random = new(5);
        bool[] tied = [.. Enumerable.Range(0, rows * columns).Select(_ => random.NextDouble() < share)];
        int ties = tied.Count(is_ => is_);
        TieCursor cursor = new ElementSelection(SelectionKey.Magnitude(0), 0, 0, ties, (long)(ties * keep), TieRule.Spread, [0]).CursorAt(0);
        bool[] kept = [.. tied.Select(is_ => is_ && cursor.KeepsNext())];
        using (Assert.EnterMultipleScope())
        {
            // Golden-section residues fill any run of ties evenly: a region is off by a few, not by a square root.
            foreach (int[] region in Enumerable.Range(0, rows * columns).Chunk(rows * columns / 64))
            {
                Assert.That(region.Count(i => kept[i]), Is.EqualTo(region.Count(i => tied[i]) * keep).Within(8));
            }

            // A column samples ties in no order the cursor knows: binomial, at six standard deviations for 4,096 columns.
            for (int column = 0; column < columns; column++)
            {
                int n = Enumerable.Range(0, rows).Count(row => tied[(row * columns) + column]);
                int k = Enumerable.Range(0, rows).Count(row => kept[(row * columns) + column]);
                if (Math.Abs(k - (n * keep)) > 6 * Math.Sqrt(n * keep * (1 - keep)) + 1)
                {
                    Assert.Fail($"Column {column} keeps {k} of {n}.");
                }
            }
        }
    }
}
