using DataShapley.Estimators;
using DataShapley.Games;

namespace DataShapley.Tests.Estimators;

public sealed class FixedSizeMsrEstimatorTests
{
    [Test]
    public async Task Moments_OverEverySubsetOfTheTwoSizes_AreTheSemivalueOfThatSize([Range(0, 3)] int size)
    {
        MembershipMoments larger = new(4);
        MembershipMoments smaller = new(4);
        for (int mask = 0; mask < 16; mask++)
        {
            Coalition coalition = Coalition.FromWords(4, [(ulong)mask]);
            double value = (await CoalitionRuns.Uneven.EvaluateAsync([new UtilityRequest(coalition, 0, 0)]))[0];
            if (coalition.Size == size + 1)
            {
                larger.Add(coalition, value);
            }
            else if (coalition.Size == size)
            {
                smaller.Add(coalition, value);
            }
        }

        double[] exact = await CoalitionRuns.ExactAsync(CoalitionRuns.Uneven, new SizeValue { Size = size });

        Assert.That(Enumerable.Range(0, 4).Select(player => larger.With(player).Mean - smaller.Without(player).Mean), Is.EqualTo(exact).Within(1e-12));
    }

    [Test]
    public void SizeValue_OfEveryCountOfPlayers_WeighsOneSizeWithOne([Values(1, 2, 7, 30)] int players)
    {
        SizeValue value = new();

        double[] shares = [.. Enumerable.Range(0, players).Select(size => Math.Exp(Semivalue.LogCount(players, size) + value.LogWeight(players, size)))];

        Assert.That(shares, Is.EqualTo(Enumerable.Range(0, players).Select(size => size == (players - 1) / 2 ? 1.0 : 0)).Within(1e-12));
    }

    [Test]
    public void Size_OfAsManyAsThePlayers_IsRefused() => Assert.That(
        async () => await CoalitionRuns.RunAsync(CoalitionRuns.Uneven, new FixedSizeMsrEstimator { Size = 4 }, 10),
        Throws.TypeOf<ValuationException>().With.Property(nameof(ValuationException.Reason)).EqualTo(ValuationError.TooFewPlayers));
}
