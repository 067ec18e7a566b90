using System.Globalization;
using DataShapley;
using DataShapley.Estimators;
using DataShapley.Games;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Documentation.Tests.Snippets;

public sealed class ValuingSnippets
{
    [Test]
    public async Task OwnUtility()
    {
        double[] gains = [3, 1, 4, 1, 5];

        // snippet: OwnUtility
        IUtility utility = new DelegateUtility("square root of gains", playerCount: gains.Length, coalition =>
        {
            double sum = coalition.ToArray().Sum(player => gains[player]);
            return Math.Sqrt(sum);
        });
        ValuationResult result = await new DataValuator().ValueAsync(utility, new ValuationRecipe(new ExactEstimator()));
        // end

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Values.Sum(), Is.EqualTo(Math.Sqrt(14)).Within(1e-12));
            Assert.That(result.Ranking(), Is.EqualTo((int[])[4, 2, 0, 1, 3]));
        }
    }

    [Test]
    public async Task MlNet()
    {
        MlRow[] training = [.. Enumerable.Range(0, 12).Select(i => new MlRow { Features = [i % 2 == 0 ? -1 : 1, i * 0.1f], Label = i % 2 == 1 })];
        MlRow[] test = [.. Enumerable.Range(0, 40).Select(i => new MlRow { Features = [i % 2 == 0 ? -1 : 1, 0.5f], Label = i % 2 == 1 })];

        // snippet: MlNet
        MLContext ml = new(seed: 1);
        IDataView testView = ml.Data.LoadFromEnumerable(test);
        var pipeline = ml.Transforms.NormalizeMeanVariance("Features")
            .Append(ml.BinaryClassification.Trainers.LbfgsLogisticRegression());
        IUtility utility = new DelegateUtility("logistic regression on my data, version 1", training.Length, coalition =>
        {
            MlRow[] chosen = [.. coalition.ToArray().Select(player => training[player])];
            if (chosen.Select(row => row.Label).Distinct().Count() < 2)
            {
                return 0.5;   // one class is no training set: a coin's accuracy
            }

            ITransformer model = pipeline.Fit(ml.Data.LoadFromEnumerable(chosen));
            return ml.BinaryClassification.Evaluate(model.Transform(testView)).Accuracy;
        });
        // end

        ValuationResult result = await new DataValuator().ValueAsync(utility, new ValuationRecipe(new LeaveOneOutEstimator()));
        Assert.That(result.Values, Is.All.InRange(-1, 1));
    }

    private sealed class MlRow
    {
        [VectorType(2)]
        public float[] Features { get; set; } = [];

        public bool Label { get; set; }
    }
}
