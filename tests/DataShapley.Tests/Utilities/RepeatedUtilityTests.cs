using DataShapley.Estimators;
using DataShapley.Games;
using DataShapley.Utilities;

namespace DataShapley.Tests.Utilities;

public sealed class RepeatedUtilityTests
{
    [Test]
    public async Task Repetitions_EndWhenTheMeanIsKnown([Values(0, 0.02, 0.1, 0.5)] double relativeError, [Values(1, 3, 50)] int batchSize)
    {
        NoisyUtility noisy = new(batchSize);
        RepeatedUtilityOptions options = new() { RelativeError = relativeError, Maximum = 60 };
        RepeatedUtility utility = new(noisy, options);
        UtilityRequest[] requests = [.. Enumerable.Range(0, 8).Select(mask => new UtilityRequest(Coalition.FromWords(3, [(ulong)mask]), 0, (ulong)mask * 1000))];

        IReadOnlyList<double> means = await utility.EvaluateAsync(requests);

        using (Assert.EnterMultipleScope())
        {
            foreach ((UtilityRequest request, double mean) in requests.Zip(means))
            {
                double[] values = [.. noisy.Given.Where(given => given.Request.Coalition.Equals(request.Coalition)).OrderBy(given => given.Request.Repeat).Select(given => given.Value)];
                Assert.That(mean, Is.EqualTo(values.Average()).Within(1e-12));
                Assert.That(noisy.Given.Where(given => given.Request.Coalition.Equals(request.Coalition)).Select(given => given.Request.Seed), Is.Unique);
                for (int count = 3; count <= values.Length; count++)
                {
                    double average = values.Take(count).Average();
                    double error = Math.Sqrt(values.Take(count).Sum(value => Math.Pow(value - average, 2)) / (count - 1) / count);
                    Assert.That(error <= relativeError * average || count == 60, Is.EqualTo(count == values.Length), $"after {count} of {values.Length}");
                }
            }

            Assert.That(noisy.Largest, Is.LessThanOrEqualTo(batchSize));
        }
    }

    [Test]
    public async Task Values_AreTheSameBits_ForAnyBatchAndWorkers()
    {
        List<double[]> runs = [];
        foreach ((int batchSize, int workers) in ((int, int)[])[(1, 1), (1, 16), (5, 1), (64, 4)])
        {
            ValuationResult result = await new DataValuator().ValueAsync(
                new RepeatedUtility(new NoisyUtility(batchSize)), new ValuationRecipe(new ExactEstimator()) { Evaluation = new EvaluationOptions { Workers = workers } });
            runs.Add([.. result.Values]);
        }

        Assert.That(runs, Has.All.EqualTo(runs[0]));
    }

    [Test]
    public async Task AValueThatIsNotFinite_IsGivenOn_AndEndsTheRepetitions()
    {
        int calls = 0;
        RepeatedUtility utility = new(new DelegateUtility("bad", 3, (_, _) => new ValueTask<double>(++calls == 2 ? double.NaN : 1)) { IsDeterministic = false });

        using (Assert.EnterMultipleScope())
        {
            Assert.That((await utility.EvaluateAsync([new UtilityRequest(Coalition.Full(3), 0, 0)]))[0], Is.NaN);
            Assert.That(calls, Is.EqualTo(3));
        }
    }
}
