using ModelAggregation.Search.Optimizers;

namespace ModelAggregation.Tests.Search.Optimizers;

public sealed class CmaEsConstantsTests
{
    private const double Digits = 1e-9;

    // Computed with numpy from the formulas of cmaes 0.10.0; the digits are those given.
    [TestCase(4, 8, 2.600178826, 0.065167427, 0.051024, 0.396561027, 1.396561027, 0.5, 1.880952381, 0.529930184, -0.929072296, -1.277191667)]
    [TestCase(8, 10, 3.167299281, 0.022307163, 0.028749918, 0.319614253, 1.319614253, 0.343650142, 2.742143262, 0.456272647, -0.592076998, -0.775903547)]
    [TestCase(12, 11, 3.414772086, 0.01109233, 0.017126288, 0.26523794, 1.26523794, 0.258587185, 3.393078368, 0.429544042, -0.508444576, -0.647678579)]
    [TestCase(16, 12, 3.729458934, 0.006600236, 0.012190508, 0.231685576, 1.231685576, 0.206833454, 3.938244048, 0.402402943, -0.434078485, -0.541424199)]
    [TestCase(36, 15, 4.540915209, 0.001432838, 0.003812298, 0.143627224, 1.143627224, 0.10250692, 5.958553792, 0.344796199, -0.31580952, -0.375846311)]
    public void Constants_AreThoseOfTheTable(
        int dimensions, int population, double parents, double rankOne, double rankMu, double step, double damping, double path, double length, double first, double last, double sum)
    {
        CmaEsConstants constants = CmaEsConstants.Of(dimensions, population);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(constants.EffectiveParents, Is.EqualTo(parents).Within(Digits));
            Assert.That(constants.RankOneRate, Is.EqualTo(rankOne).Within(Digits));
            Assert.That(constants.RankMuRate, Is.EqualTo(rankMu).Within(Digits));
            Assert.That(constants.StepRate, Is.EqualTo(step).Within(Digits));
            Assert.That(constants.StepDamping, Is.EqualTo(damping).Within(Digits));
            Assert.That(constants.PathRate, Is.EqualTo(path).Within(Digits));
            Assert.That(constants.ExpectedLength, Is.EqualTo(length).Within(Digits));
            Assert.That(constants.Weights[0], Is.EqualTo(first).Within(Digits));
            Assert.That(constants.Weights[^1], Is.EqualTo(last).Within(Digits));
            Assert.That(constants.WeightSum, Is.EqualTo(sum).Within(Digits));
            Assert.That(constants.Weights, Has.Count.EqualTo(population).And.Ordered.Descending);
            Assert.That(constants.Weights.Where(weight => weight > 0).Sum(), Is.EqualTo(1).Within(1e-12));
        }
    }

    [TestCase(1, 4)]
    [TestCase(2, 6)]
    [TestCase(3, 7)]
    [TestCase(4, 8)]
    [TestCase(8, 10)]
    [TestCase(12, 11)]
    [TestCase(16, 12)]
    [TestCase(24, 14)]
    [TestCase(36, 15)]
    [TestCase(48, 16)]
    public void Population_IsRoundedToTheNearest(int dimensions, int population) => Assert.That(CmaEsConstants.DefaultPopulation(dimensions), Is.EqualTo(population));

    [Test]
    public void ASingleParent_GivesFiniteConstants([Values(2, 3)] int population, [Values(1, 2, 40)] int dimensions)
    {
        CmaEsConstants constants = CmaEsConstants.Of(dimensions, population);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(constants.Weights, Is.All.Matches<double>(double.IsFinite));
            Assert.That(constants.RankMuRate, Is.Zero);
            Assert.That(constants.StepDamping, Is.GreaterThan(1));
        }
    }
}
