using System.Text.Json;
using DataShapley.Estimators;
using DataShapley.Games;

namespace DataShapley.Tests.Estimators;

public sealed class BanzhafMsrEstimatorTests
{
    [Test]
    public void Moments_OverEverySubset_AreTheBanzhafValues()
    {
        foreach (JsonElement table in Oracles.Root.GetProperty("tables").EnumerateArray())
        {
            double[] values = Oracles.Plain(table.GetProperty("utility"));
            int players = int.Log2(values.Length);
            MembershipMoments moments = new(players);
            for (int mask = 0; mask < values.Length; mask++)
            {
                moments.Add(Coalition.FromWords(players, [(ulong)mask]), values[mask]);
            }

            double[] differences = [.. Enumerable.Range(0, players).Select(player => moments.With(player).Mean - moments.Without(player).Mean)];

            Assert.That(differences, Is.EqualTo(Oracles.Numbers(table.GetProperty("banzhaf"))).Within(1e-12));
        }
    }

    [Test]
    public void Welch_OfTwoGroups_IsTheTextbooks()
    {
        // Values with the player: 1, 3, 5; without: 2, 2, 4, 8.
        MembershipMoments moments = new(1);
        foreach (double value in (double[])[1, 3, 5])
        {
            moments.Add(Coalition.Full(1), value);
        }

        foreach (double value in (double[])[2, 2, 4, 8])
        {
            moments.Add(Coalition.Empty(1), value);
        }

        IndependentMeans difference = default;
        difference.Add(1, moments.With(0));
        difference.Add(-1, moments.Without(0));

        // Means 3 and 4, variances 4 and 8: 4/3 + 8/4 = 10/3, and (10/3)² / ((4/3)²/2 + 2²/3) = 5.
        using (Assert.EnterMultipleScope())
        {
            Assert.That(difference.Value, Is.EqualTo(-1));
            Assert.That(difference.StandardError, Is.EqualTo(Math.Sqrt(10.0 / 3)).Within(1e-14));
            Assert.That(difference.DegreesOfFreedom, Is.EqualTo(5).Within(1e-12));
        }
    }

    [Test]
    public async Task SizeAdjustment_OfAnAdditiveGame_TakesMostOfTheNoise()
    {
        // Each of 40 players is worth about 1: the variance is that of the size, 10, and what is left is that of the differences.
        DelegateUtility utility = new("additive", 40, coalition => coalition.ToArray().Sum(player => 1 + (0.05 * (player % 5))));

        ValuationResult plain = await CoalitionRuns.RunAsync(utility, new BanzhafMsrEstimator(), 400);
        ValuationResult adjusted = await CoalitionRuns.RunAsync(utility, new BanzhafMsrEstimator { AdjustsSize = true }, 400);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(adjusted.StandardErrors.Max(), Is.LessThan(plain.StandardErrors.Min() / 5));
            Assert.That(adjusted.Values, Is.EqualTo(Enumerable.Range(0, 40).Select(player => 1 + (0.05 * (player % 5)))).Within(5 * adjusted.StandardErrors.Max()));
        }
    }

    [Test]
    public async Task APlayer_ThatIsInEveryCoalition_HasNoValueAndAnInfiniteError()
    {
        ValuationResult result = await CoalitionRuns.RunAsync(CoalitionRuns.Uneven, new BanzhafMsrEstimator(), 1);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Values, Has.All.Zero);
            Assert.That(result.StandardErrors, Has.All.EqualTo(double.PositiveInfinity));
        }
    }
}
