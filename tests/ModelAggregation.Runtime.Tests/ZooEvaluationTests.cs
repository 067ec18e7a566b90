using ModelAggregation.Evaluation;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelRuntime.Tokenizers;
using ModelTensors;

namespace ModelAggregation.Runtime.Tests;

public sealed class ZooEvaluationTests
{
    // Losses are on file with four digits; what is left of the tolerance is that of float arithmetic in another order.
    private const double Rounding = 1.5e-4;

    [TestCase("a-base")]
    [TestCase("a-reverse")]
    [TestCase("a-sort")]
    [TestCase("a-add")]
    [TestCase("a-harmful")]
    [TestCase("b-base")]
    [TestCase("b-reverse")]
    [TestCase("b-add")]
    public async Task AModel_HasTheScoresThatWereMeasured(string model) =>
        Check(await RuntimeEvaluator.Create(Zoo.Protocol(), new CharacterTokenizer(), Zoo.OneThread).EvaluateAsync(Zoo.Candidate(model)), model);

    [Test]
    public async Task AMergeInMemory_HasTheScoresThatWereMeasured()
    {
        MergeRecipe recipe = MergeRecipe.With("linear")
            .Model(Zoo.Path("a-reverse"), weight: 1)
            .Model(Zoo.Path("a-sort"), weight: 1)
            .Model(Zoo.Path("a-add"), weight: 1)
            .OutputType(DataType.F32)
            .Build();
        ModelMerger merger = new();
        using MergePlan plan = merger.Plan(recipe);
        using MergedModel merged = merger.MergeInMemory(plan);

        Check(await RuntimeEvaluator.Create(Zoo.Protocol(), new CharacterTokenizer(), Zoo.OneThread).EvaluateAsync(ModelCandidate.FromTensors("average", merged)), "merge: linear average of the 3 a-specialists");
    }

    [Test]
    public async Task TheSpecialist_IsBetterThanItsBase_OnItsTask_WithAnInterval()
    {
        LanguageModelEvaluator evaluator = RuntimeEvaluator.Create([.. Zoo.Protocol().Take(4)], new CharacterTokenizer(), Zoo.OneThread);
        EvaluationResult specialist = await evaluator.EvaluateAsync(Zoo.Candidate("a-sort"));
        EvaluationResult origin = await evaluator.EvaluateAsync(Zoo.Candidate("a-base"));
        EvaluationResult harmful = await evaluator.EvaluateAsync(Zoo.Candidate("a-harmful"));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(PairedDifference.Of(specialist["srt"], origin["srt"]).Interval().Low, Is.GreaterThan(0.8));
            Assert.That(PairedDifference.Of(specialist["add"], origin["add"]).Interval().High, Is.LessThan(0));
            Assert.That(PairedDifference.Of(harmful, origin).Interval().High, Is.LessThan(-0.25));
        }
    }

    private static void Check(EvaluationResult result, string measured)
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (string task in Zoo.Tasks)
            {
                (double exactMatch, double loss) = Zoo.Measured(measured, task);
                Assert.That(result[task].Value, Is.EqualTo(exactMatch).Within(1e-12), task);
                Assert.That(result[$"{task}-loss"].Value, Is.EqualTo(loss).Within(Rounding), task);
            }
        }
    }
}
