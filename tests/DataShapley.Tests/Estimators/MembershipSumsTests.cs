using DataShapley.Estimators;
using DataShapley.Games;

namespace DataShapley.Tests.Estimators;

public sealed class MembershipSumsTests
{
    [Test]
    public void Sums_OfAnyNumberOfPlayers_AreThoseOfALoopOverTheMembers([Values(1, 3, 4, 5, 63, 64, 65, 127, 128, 200)] int players)
    {
        RandomSequence random = new RandomStreams(1, "test").At(players);
        MembershipSums sums = new(players, columns: 2);
        double[] first = new double[players];
        double[] second = new double[players];
        long[] counts = new long[players];
        for (int draw = 0; draw < 50; draw++)
        {
            Coalition coalition = random.NextBernoulli(players, 0.4);
            double[] numbers = [random.NextGaussian(), random.NextGaussian()];
            sums.Add(coalition.Words, numbers);
            foreach (int member in coalition.ToArray())
            {
                first[member] += numbers[0];
                second[member] += numbers[1];
                counts[member]++;
            }
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Enumerable.Range(0, players).Select(player => sums.Sum(0, player)), Is.EqualTo(first));
            Assert.That(Enumerable.Range(0, players).Select(player => sums.Sum(1, player)), Is.EqualTo(second));
            Assert.That(Enumerable.Range(0, players).Select(sums.Count), Is.EqualTo(counts));
        }
    }
}
