using ModelAggregation.Evaluation;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Tests.Evaluation;

public sealed class RepeatedEvaluatorTests
{
    private static readonly ModelCandidate Candidate = ModelCandidate.FromTensors("m", new MemoryTensorSet());

    [Test]
    public async Task Outcomes_AreMeansOverTheSeeds()
    {
        RepeatedEvaluator evaluator = new(Of([[1, 0, 1, 0], [1, 1, 0, 0], [1, 0, 0, 0]]), 0, 1, 2);

        TaskScore score = (await evaluator.EvaluateAsync(Candidate)).Scores[0];

        // By hand: means of examples 1, 1/3, 1/3, 0, of seeds 1/2, 1/2, 1/4; the sums of squares are 3·(49+1+1+25)/144, 4·(1/144 + 1/144 + 4/144), and the rest of 110/48.
        double examples = 3 * (Square(7.0 / 12) + (2 * Square(1.0 / 12)) + Square(5.0 / 12)) / 3;
        double total = (5 * Square(7.0 / 12)) + (7 * Square(5.0 / 12));
        double seeds = 4 * ((2 * Square(1.0 / 12)) + Square(2.0 / 12)) / 2;
        double rest = (total - (3 * examples) - (2 * seeds)) / 6;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(score.Value, Is.EqualTo(5.0 / 12).Within(1e-15));
            Assert.That(score.Outcomes.Select(outcome => outcome.Value), Is.EqualTo((double[])[1, 1.0 / 3, 1.0 / 3, 0]).Within(1e-15));
            Assert.That(score.Count, Is.EqualTo(4));
            Assert.That(score.StandardError, Is.EqualTo(Math.Sqrt((examples + Math.Max(0, seeds - rest)) / 12)).Within(1e-15));
        }

        static double Square(double value) => value * value;
    }

    [Test]
    public async Task ASeedThatMovesAllExamples_IsInTheStandardError()
    {
        // The examples agree within a seed, so that examples alone would tell an error of zero.
        RepeatedEvaluator evaluator = new(Of([[0, 0, 0, 0], [1, 1, 1, 1]]), 0, 1);

        TaskScore score = (await evaluator.EvaluateAsync(Candidate)).Scores[0];

        Assert.That((score.Value, score.StandardError), Is.EqualTo((0.5, 0.5)));
    }

    [Test]
    public async Task TheStandardError_IsThatOfTheMean_OverDrawsOfExamplesAndSeeds()
    {
        // 40 examples of deviation 0.2, 4 seeds of 0.05, and noise of 0.3: the variance of the mean is 0.2²/40 + 0.05²/4 + 0.3²/160.
        Random random = new(5);
        double estimated = 0;
        List<double> means = [];
        for (int draw = 0; draw < 400; draw++)
        {
            double[] examples = [.. Enumerable.Range(0, 40).Select(_ => 0.2 * Normal(random))];
            double[][] outcomes = [.. Enumerable.Range(0, 4).Select(_ => 0.05 * Normal(random)).ToArray().Select(seed => examples.Select(example => example + seed + (0.3 * Normal(random))).ToArray())];
            TaskScore score = (await new RepeatedEvaluator(Of(outcomes), 0, 1, 2, 3).EvaluateAsync(Candidate)).Scores[0];
            means.Add(score.Value);
            estimated += Math.Pow(score.StandardError!.Value, 2) / 400;
        }

        // Cutting off what is below zero makes it a little too large, never too small.
        double variance = (0.04 / 40) + (0.0025 / 4) + (0.09 / 160);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(estimated, Is.EqualTo(variance * 1.04).Within(0.1 * variance));
            Assert.That(means.Average(mean => mean * mean), Is.EqualTo(variance).Within(5 * variance * Math.Sqrt(2.0 / 400)));
        }

        static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
    }

    [Test]
    public async Task ScoresWithoutOutcomes_KeepTheErrorOfTheExamplesTheyShare()
    {
        RepeatedEvaluator evaluator = new(seed => new Fixed(seed, task => new TaskScore(task, seed is 0 ? 0.4 : 0.6, 50, 0.1)), 0, 1);
        RepeatedEvaluator unsure = new(seed => new Fixed(seed, task => new TaskScore(task, 0.5, 50, seed is 0 ? 0.1 : null)), 0, 1);

        TaskScore score = (await evaluator.EvaluateAsync(Candidate)).Scores[0];

        using (Assert.EnterMultipleScope())
        {
            Assert.That((score.Value, score.Count), Is.EqualTo((0.5, 50)));
            Assert.That(score.StandardError, Is.EqualTo(Math.Sqrt(0.01 + (0.02 / 2))).Within(1e-12));
            Assert.That((await unsure.EvaluateAsync(Candidate)).Scores[0].StandardError, Is.Null);
        }
    }

    [Test]
    public async Task OneSeed_IsTheEvaluatorItself_UnderAnotherName()
    {
        Fixed only = new(7, task => new TaskScore(task, 0.25, 3, 0.125));
        RepeatedEvaluator evaluator = new(_ => only, 7);

        TaskScore score = (await evaluator.EvaluateAsync(Candidate)).Scores[0];

        Assert.That((score.Value, score.Count, score.StandardError, string.Equals(evaluator.Id, only.Id, StringComparison.Ordinal)), Is.EqualTo((0.25, 3, 0.125, false)));
    }

    [Test]
    public void AFailedRepeat_FailsTheEvaluation()
    {
        RepeatedEvaluator evaluator = new(seed => new Fixed(seed, task => seed is 1 ? throw new EvaluationException(EvaluationError.TimedOut, "It took too long.") : new TaskScore(task, 1)), 0, 1);

        Assert.That(async () => await evaluator.EvaluateAsync(Candidate), Throws.InstanceOf<EvaluationException>());
    }

    [Test]
    public void SeedsAndEvaluators_AreChecked()
    {
        Func<ulong, IModelEvaluator> create = Of([[1], [0]]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new RepeatedEvaluator(create), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new RepeatedEvaluator(create, 1, 1), Throws.ArgumentException.With.Message.Contains("once"));
            Assert.That(() => new RepeatedEvaluator(_ => create(0), 0, 1), Throws.ArgumentException.With.Message.Contains("seed"));
            Assert.That(
                () => new RepeatedEvaluator(seed => new Fixed(seed, task => new TaskScore(task, 1)) { Tasks = [new TaskInfo($"t{seed}", "m")] }, 0, 1), Throws.ArgumentException.With.Message.Contains("'t0'"));
            Assert.That(new RepeatedEvaluator(create, 0, 1).Id, Is.Not.EqualTo(new RepeatedEvaluator(create, 1, 0).Id));
            Assert.That(new RepeatedEvaluator(create, 0, 1).Tasks[0].Examples, Is.EqualTo((string[])["x0"]));
        }
    }

    private static Func<ulong, IModelEvaluator> Of(double[][] outcomes) => seed =>
    {
        string[] examples = [.. outcomes[0].Select((_, index) => $"x{index}")];
        return new Fixed(seed, task => TaskScore.OfMean(task, [.. outcomes[(int)seed].Select((value, index) => new ExampleOutcome(examples[index], value))])) { Tasks = [new TaskInfo("t", "m") { Examples = examples }] };
    };

    private sealed class Fixed(ulong seed, Func<TaskInfo, TaskScore> score) : IModelEvaluator
    {
        public string Id => $"fixed-{seed}";

        public IReadOnlyList<TaskInfo> Tasks { get; init; } = [new TaskInfo("t", "m")];

        public ValueTask<EvaluationResult> EvaluateAsync(ModelCandidate candidate, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(new EvaluationResult(candidate.Name, [score(Tasks[0])]));
    }
}
