using DataShapley.Neighbors;

namespace DataShapley.Tests.Neighbors;

public sealed class RadixOrderTests
{
    private static IEnumerable<float[]> Lists()
    {
        Random random = new(5);
        for (int length = 0; length < 70; length++)
        {
            yield return [.. Enumerable.Range(0, length).Select(_ => random.NextSingle())];
        }

        yield return [.. Enumerable.Range(0, 5000).Select(_ => BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue))).Where(value => !float.IsNaN(value))];
        yield return [.. Enumerable.Range(0, 5000).Select(_ => (float)random.Next(-3, 4))];
        yield return [.. Enumerable.Range(0, 5000).Select(_ => 700 + random.NextSingle())];
        yield return [.. Enumerable.Repeat(2f, 1000)];
        yield return [0f, -0f, 0f, -0f, float.NegativeInfinity, float.PositiveInfinity, float.Epsilon, -float.Epsilon];
    }

    [Test]
    public void Sort_OfAnyFloats_IsStable()
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (float[] values in Lists())
            {
                int[] order = new int[values.Length];
                new RadixOrder(values.Length).Sort(values, order);
                Assert.That(order, Is.EqualTo(Expected(values)));
            }
        }
    }

    [Test]
    public void Sort_WithCoarseness_MovesNoValueThatDiffersByMore([Values(0.0, 1e-4, 0.1, double.PositiveInfinity)] double coarseness)
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (float[] values in Lists().Append([.. Enumerable.Range(0, 5000).Select(i => 570 + (float)(400 * Math.Abs(Math.Sin(i))))]))
            {
                int[] order = new int[values.Length];
                new RadixOrder(values.Length).Sort(values, order, coarseness);
                float greatest = float.NegativeInfinity;
                bool isInOrder = true;
                foreach (int row in order)
                {
                    isInOrder &= values[row] >= greatest || (double)greatest - values[row] <= coarseness;
                    greatest = Math.Max(greatest, values[row]);
                }

                Assert.That(isInOrder);
                Assert.That(order.Order(), Is.EqualTo(Enumerable.Range(0, values.Length)));
            }
        }
    }

    [Test]
    public void SortLeast_OfAnyFloats_BeginsLikeTheSortAndHoldsWhatIsNear([Values(1, 5, 60)] int wanted, [Values(0.0, 0.1)] double slack)
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (float[] values in Lists().Where(list => list.Length > 0))
            {
                int[] order = new int[values.Length];
                int count = Math.Min(wanted, values.Length);
                int found = new RadixOrder(values.Length).SortLeast(values, count, slack, order);
                int[] expected = Expected(values);
                Assert.That(order.Take(found), Is.EqualTo(expected.Take(found)));
                Assert.That(found, Is.GreaterThanOrEqualTo(expected.Count(i => values[i] <= values[expected[count - 1]] + slack)));
            }
        }
    }

    private static int[] Expected(float[] values) => [.. Enumerable.Range(0, values.Length).OrderBy(i => values[i] + 0f)];
}
