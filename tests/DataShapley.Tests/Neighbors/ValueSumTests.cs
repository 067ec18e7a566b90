using DataShapley.Neighbors;

namespace DataShapley.Tests.Neighbors;

public sealed class ValueSumTests
{
    [Test]
    public void AddEach_OfAnyLength_HasTheBitsOfOneAfterTheOther()
    {
        Random random = new(3);
        using (Assert.EnterMultipleScope())
        {
            for (int length = 0; length < 20; length++)
            {
                ValueSum[] sums = [.. Enumerable.Range(0, length).Select(_ => new ValueSum { Sum = random.NextDouble(), Squares = random.NextDouble() })];
                ValueSum[] expected = [.. sums];
                double[] values = [.. Enumerable.Range(0, length).Select(_ => random.NextDouble() - 0.5)];

                ValueSum.AddEach(sums, values);

                for (int row = 0; row < length; row++)
                {
                    expected[row].Add(values[row]);
                }

                Assert.That(sums, Is.EqualTo(expected));
            }
        }
    }
}
