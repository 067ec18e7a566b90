using DataShapley.Estimators;
using DataShapley.Games;

namespace DataShapley.Tests.Estimators;

public sealed class ClassWiseShapleyEstimatorTests
{
    [Test]
    public async Task Values_OfOneClass_AreItsShapleyValues()
    {
        double[] exact = await CoalitionRuns.ExactAsync(CoalitionRuns.Uneven, Semivalue.Shapley);
        ClassUtility utility = new([5, 5, 5, 5], (_, coalition) => CoalitionRuns.UnevenValues[(int)coalition.Words[0]]);

        (double bias, double coverage) = await CoalitionRuns.MeasureAsync(utility, new ClassWiseShapleyEstimator(), 300, exact, seeds: 100);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(bias, Is.LessThan(4.5));
            Assert.That(coverage, Is.GreaterThan(0.85));
        }
    }

    [Test]
    public async Task Values_OfTwoClasses_AreTheMeanOverSubsetsOfTheOther()
    {
        // In class 0 (players 0, 2) each member adds 1, times e^(share of class 1 that is there): the mean over subsets of two players is (1 + 2e^½ + e) / 4.
        // In class 1 (players 1, 3) player 3 alone counts.
        ClassUtility utility = new([0, 1, 0, 1], (label, coalition) => label == 0
            ? ((coalition.Contains(0) ? 1 : 0) + (coalition.Contains(2) ? 1 : 0)) * Math.Exp(((coalition.Contains(1) ? 1 : 0) + (coalition.Contains(3) ? 1 : 0)) / 2.0)
            : coalition.Contains(3) ? 4 : 1);
        double mean = (1 + (2 * Math.Exp(0.5)) + Math.E) / 4;

        ValuationResult result = await CoalitionRuns.RunAsync(utility, new ClassWiseShapleyEstimator(), 603);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Values[0], Is.EqualTo(mean).Within(5 * result.StandardErrors[0]));
            Assert.That(result.Values[2], Is.EqualTo(result.Values[0]).Within(1e-12));
            Assert.That(result.Values[1], Is.Zero);
            Assert.That(result.Values[3], Is.EqualTo(3));
            Assert.That(result.Evaluations, Is.EqualTo(603));
        }
    }

    [Test]
    public async Task RescaledValues_OfAClass_SumToItsAccuracy()
    {
        ClassUtility utility = new([0, 1, 0, 1], (_, coalition) => coalition.ToArray().Sum(player => player + 1));

        ValuationResult result = await CoalitionRuns.RunAsync(utility, new ClassWiseShapleyEstimator { IsRescaled = true }, 60);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Values[0] + result.Values[2], Is.EqualTo(0.25).Within(1e-12));
            Assert.That(result.Values[1] + result.Values[3], Is.EqualTo(0.5).Within(1e-12));
            Assert.That(result.Values[2], Is.EqualTo(3 * result.Values[0]).Within(1e-12));
        }
    }

    [Test]
    public void Budget_BelowOneDrawOfEachClass_IsRefused() => Assert.That(
        async () => await CoalitionRuns.RunAsync(new ClassUtility([0, 1, 0, 1], (_, _) => 0), new ClassWiseShapleyEstimator(), 5),
        Throws.TypeOf<ValuationException>().With.Property(nameof(ValuationException.Reason)).EqualTo(ValuationError.BudgetTooSmall));

    [Test]
    public void AUtility_WithoutClasses_IsRefused() => Assert.That(
        async () => await CoalitionRuns.RunAsync(CoalitionRuns.Uneven, new ClassWiseShapleyEstimator(), 10),
        Throws.TypeOf<ValuationException>().With.Property(nameof(ValuationException.Reason)).EqualTo(ValuationError.UnsuitableUtility));

    private sealed class ClassUtility(int[] labels, Func<int, Coalition, double> value) : IClassWiseUtility
    {
        public string Id => "classes";

        public int PlayerCount => labels.Length;

        public IReadOnlyList<int> Labels => labels;

        public IUtility ForClass(int label) => new DelegateUtility($"class {label}", labels.Length, coalition => value(label, coalition));

        public ValueTask<double> InClassAccuracyAsync(int label, CancellationToken cancellationToken = default) => new((label + 1) / 4.0);

        public ValueTask<IReadOnlyList<double>> EvaluateAsync(IReadOnlyList<UtilityRequest> requests, CancellationToken cancellationToken = default) =>
            new([.. requests.Select(request => (double)request.Coalition.Size)]);
    }
}
