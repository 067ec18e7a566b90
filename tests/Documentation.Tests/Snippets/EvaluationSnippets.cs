using ModelAggregation.Evaluation;
using ModelAggregation.Evaluation.Tasks;
using ModelAggregation.Runtime;
using ModelRuntime.Tokenizers;

namespace Documentation.Tests.Snippets;

public sealed class EvaluationSnippets
{
    [Test]
    public async Task EvaluateModels()
    {
        string models = WorkFolder.Models;

        // snippet: EvaluateModels
        IReadOnlyList<AnswerExample> sums = ExampleFile.ReadAnswers($"{models}/eval/add.jsonl");
        IModelEvaluator evaluator = RuntimeEvaluator.Create([new ExactMatchTask("add", sums)], new CharacterTokenizer());
        EvaluationResult tuned = await evaluator.EvaluateAsync(ModelCandidate.FromFolder($"{models}/a-add"));
        EvaluationResult untuned = await evaluator.EvaluateAsync(ModelCandidate.FromFolder($"{models}/a-base"));
        (double low, double high) = PairedDifference.Of(tuned, untuned).Interval();
        Console.WriteLine($"{tuned.Merit:P0} right instead of {untuned.Merit:P0}, a gain of {low:P0} to {high:P0}");
        // end

        Assert.That((tuned.Merit, untuned.Merit), Is.EqualTo((1.0, 0.31)));
        Assert.That(low, Is.GreaterThan(0.5).And.LessThan(0.69));
        Assert.That(high, Is.GreaterThan(0.69));
    }
}
