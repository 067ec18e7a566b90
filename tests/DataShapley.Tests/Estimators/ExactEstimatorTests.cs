using System.Text.Json;
using DataShapley.Estimators;
using DataShapley.Games;
using ModelSdk.Testing;

namespace DataShapley.Tests.Estimators;

public sealed class ExactEstimatorTests
{
    private static readonly (string Name, Semivalue Semivalue)[] Semivalues =
    [
        ("shapley", Semivalue.Shapley), ("banzhaf", Semivalue.Banzhaf), ("beta_16_1", Semivalue.Beta(16, 1)), ("beta_4_1", Semivalue.Beta(4, 1)), ("beta_1_4", Semivalue.Beta(1, 4)), ("loo", Semivalue.LeaveOneOut),
    ];

    [Test]
    public async Task EverySemivalue_OfEveryTable_IsTheOracles()
    {
        foreach (JsonElement table in Oracles.Root.GetProperty("tables").EnumerateArray())
        {
            TableUtility utility = new("table", Oracles.Plain(table.GetProperty("utility")));
            foreach ((string name, Semivalue semivalue) in Semivalues)
            {
                ValuationResult result = await new DataValuator().ValueAsync(utility, new ValuationRecipe(new ExactEstimator { Semivalue = semivalue }));

                Assert.That(result.Values, Is.EqualTo(Oracles.Numbers(table.GetProperty(name))).Within(1e-12), $"{name} of {utility.PlayerCount} players");
            }
        }
    }

    [Test]
    public async Task NoisyUtilities_HaveNoStandardErrors()
    {
        DelegateUtility noisy = new("noisy", 3, (request, _) => new ValueTask<double>(request.Coalition.Size + (double)(request.Seed % 7))) { IsDeterministic = false };

        ValuationResult result = await new DataValuator().ValueAsync(noisy, new ValuationRecipe(new ExactEstimator()));

        Assert.That(result.StandardErrors, Is.All.NaN);
    }

    [Test]
    public async Task ABudget_ThatDoesNotPayForTheFirstEvaluations_IsRefusedBeforeThem()
    {
        int evaluations = 0;
        DelegateUtility utility = new("counting", 3, coalition => Interlocked.Increment(ref evaluations));

        await Assert.ThatAsync(
            () => new DataValuator().ValueAsync(utility, new ValuationRecipe(new PermutationEstimator()) { Budget = 1 }),
            Throws.TypeOf<ValuationException>().With.Property("Reason").EqualTo(ValuationError.BudgetTooSmall));

        Assert.That(evaluations, Is.Zero);
    }

    [Test]
    public async Task AJournal_ThatIsThere_AnswersEveryEvaluation()
    {
        using TestFolder folder = new();
        TableUtility utility = new("table", [0, 1, 2, 5]);
        ValuationRecipe recipe = new(new ExactEstimator()) { Evaluation = new EvaluationOptions { JournalPath = folder["run.journal"] } };

        ValuationResult first = await new DataValuator().ValueAsync(utility, recipe);
        ValuationResult second = await new DataValuator().ValueAsync(utility, recipe);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.EvaluationCounts.Evaluated, Is.EqualTo(4));
            Assert.That(second.EvaluationCounts.Evaluated, Is.Zero);
            Assert.That(second.Values, Is.EqualTo(first.Values));
        }
    }
}
