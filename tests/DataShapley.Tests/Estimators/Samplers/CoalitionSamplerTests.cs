using DataShapley.Estimators.Allocations;
using DataShapley.Estimators.Samplers;
using DataShapley.Games;

namespace DataShapley.Tests.Estimators.Samplers;

public sealed class CoalitionSamplerTests
{
    private static readonly CoalitionSampler[] Samplers =
    [
        new UniformSampler(), new AntitheticSampler(), new PermutationSampler(), new OwenSampler(), new AmeSampler(), new AmeSampler { Probabilities = [0.1, 0.9, 0.9] },
        new StratifiedSampler(), new StratifiedSampler { Allocation = SizeAllocation.Harmonic }, new LeaveOneOutSampler(),
    ];

    [TestCaseSource(nameof(Samplers))]
    public void Probabilities_OfAllCoalitions_SumToOne(CoalitionSampler sampler)
    {
        foreach (int players in (int[])[1, 2, 5, 64, 3000])
        {
            double[] logarithms = sampler.LogProbabilities(players);

            Assert.That(Enumerable.Range(0, players).Sum(size => Math.Exp(logarithms[size] + Semivalue.LogCount(players, size))), Is.EqualTo(1).Within(1e-9), $"{players} players");
        }
    }

    [TestCaseSource(nameof(Samplers))]
    public void EveryCoalition_ComesAsOftenAsItsProbabilitySays(CoalitionSampler sampler)
    {
        const int Players = 5;
        const int Player = 2;
        const int Draws = 20_000;
        RandomStreams random = new(11, "sampler");
        int[] counts = new int[1 << Players];
        for (int draw = 0; draw < Draws; draw++)
        {
            IReadOnlyList<Coalition> coalitions = sampler.Next(random.At(draw), Players, Player);
            Assert.That(coalitions, Has.Count.EqualTo(sampler.CoalitionsPerDraw));
            foreach (Coalition coalition in coalitions)
            {
                counts[coalition.Words[0]]++;
            }
        }

        double[] logarithms = sampler.LogProbabilities(Players);
        for (int mask = 0; mask < counts.Length; mask++)
        {
            double expected = (mask >> Player & 1) != 0 ? 0 : Draws * sampler.CoalitionsPerDraw * Math.Exp(logarithms[int.PopCount(mask)]);

            Assert.That(counts[mask], Is.EqualTo(expected).Within((5 * Math.Sqrt(expected)) + 1e-9), $"coalition {mask}");
        }
    }

    [Test]
    public void APair_IsACoalitionAndTheOthers()
    {
        IReadOnlyList<Coalition> pair = new AntitheticSampler().Next(new RandomStreams(1, "pair").At(0), 70, 69);

        Assert.That(pair[1], Is.EqualTo(pair[0].With(69).Complement()));
    }

    [Test]
    public void Probabilities_OutsideTheirRange_AreRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new AmeSampler { Probabilities = [] }, Throws.ArgumentException);
            Assert.That(() => new AmeSampler { Probabilities = [0.5, 1] }, Throws.ArgumentException);
            Assert.That(() => new UniformSampler().LogProbabilities(0), Throws.TypeOf<ArgumentOutOfRangeException>());
        }
    }
}
