using DataShapley.Estimators;
using DataShapley.Games;
using ModelSdk.Testing;

namespace DataShapley.Tests.Estimators;

public sealed class DataOutOfBagEstimatorTests
{
    [Test]
    public async Task Values_OfScoresThatDependOnTheBag_AreTheirMeanOverBagsWithoutThePlayer()
    {
        // A score is the share of player 0 in the bag: given that another player is not among five draws from six, it is 1/5; player 0 itself scores 0.
        ShareUtility utility = new();
        double[] expected = [0, 0.2, 0.2, 0.2, 0.2, 0.2];

        (double bias, double coverage) = await CoalitionRuns.MeasureAsync(utility, new DataOutOfBagEstimator(), 200, expected, seeds: 60);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(bias, Is.LessThan(4.5));
            Assert.That(coverage, Is.GreaterThan(0.86));
            Assert.That(utility.LongestBag, Is.EqualTo(6));
        }
    }

    [Test]
    public async Task Players_WhoWereInEveryBag_HaveNoValueAndAreCounted()
    {
        ValuationResult result = await CoalitionRuns.RunAsync(new ShareUtility(), new DataOutOfBagEstimator(), 1);

        int without = result.Values.Count(double.IsNaN);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(without, Is.InRange(1, 5));
            Assert.That(result.Facts["never_out_of_bag"], Is.EqualTo(without));
            Assert.That(result.Evaluations, Is.EqualTo(1));
        }
    }

    [Test]
    public async Task Bags_ThatFailAndAreLeftOut_DoNotCount()
    {
        ValuationRecipe recipe = new(new DataOutOfBagEstimator()) { Budget = 20, Evaluation = new EvaluationOptions { OnException = FailurePolicy.Skip } };

        ValuationResult result = await new DataValuator().ValueAsync(new ShareUtility { Fails = true }, recipe);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Values, Has.All.NaN);
            Assert.That(result.EvaluationCounts.Failed, Is.EqualTo(20));
        }
    }

    [Test]
    public async Task Bags_InAJournal_AreNotTrainedAgain()
    {
        using TestFolder folder = new();
        ValuationRecipe recipe = new(new DataOutOfBagEstimator()) { Budget = 20, Evaluation = new EvaluationOptions { JournalPath = folder["run.journal"] } };

        ValuationResult first = await new DataValuator().ValueAsync(new ShareUtility(), recipe);
        ValuationResult more = await new DataValuator().ValueAsync(new ShareUtility(), recipe with { Budget = 30 });
        ValuationResult anew = await new DataValuator().ValueAsync(new ShareUtility(), new ValuationRecipe(new DataOutOfBagEstimator()) { Budget = 30 });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.EvaluationCounts.Evaluated, Is.EqualTo(20));
            Assert.That((more.EvaluationCounts.FromJournal, more.EvaluationCounts.Evaluated), Is.EqualTo((20, 10)));
            Assert.That(more.Values, Is.EqualTo(anew.Values));
        }
    }

    [Test]
    public void AUtility_WithoutBags_IsRefused() => Assert.That(
        async () => await CoalitionRuns.RunAsync(CoalitionRuns.Uneven, new DataOutOfBagEstimator(), 10),
        Throws.TypeOf<ValuationException>().With.Property(nameof(ValuationException.Reason)).EqualTo(ValuationError.UnsuitableUtility));

    private sealed class ShareUtility : IBaggedUtility
    {
        private int _longestBag;

        public string Id => "share";

        public int PlayerCount => 6;

        public bool Fails { get; init; }

        public int LongestBag => _longestBag;

        public ValueTask<IReadOnlyList<double>> EvaluateAsync(IReadOnlyList<UtilityRequest> requests, CancellationToken cancellationToken = default) =>
            new([.. requests.Select(request => (double)request.Coalition.Size)]);

        public IReadOnlyList<double> ScoreOutOfBag(IReadOnlyList<int> bag, ulong seed, CancellationToken cancellationToken = default)
        {
            if (Fails)
            {
                throw new InvalidOperationException("The training does not converge.");
            }

            Interlocked.Exchange(ref _longestBag, bag.Count);
            return [0, .. Enumerable.Repeat((double)bag.Count(player => player == 0) / bag.Count, 5)];
        }
    }
}
