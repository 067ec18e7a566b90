using System.Text.Json;
using ModelRuntime.Decoders;
using ModelRuntime.Tasks;
using ModelRuntime.Tokenizers;

namespace ModelRuntime.Tests.Tasks;

/// <summary>What is known of the shipped zoo's models: shares of exact answers and likelihoods that another implementation measured.</summary>
internal sealed class AnswerScorerTests
{
    private static readonly string Models = Path.Combine(AppContext.BaseDirectory, "models");
    private static readonly CharacterTokenizer Tokenizer = new();

    [Test]
    public void Score_OfTheZoo_IsWhatWasMeasuredElsewhere(
        [Values("a-base", "a-reverse", "a-sort", "a-add", "a-harmful", "b-base", "b-reverse", "b-add")] string name)
    {
        using JsonDocument results = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Models, "eval", "results.json")));
        JsonElement expected = results.RootElement.GetProperty("results").GetProperty(name);
        using DecoderModel model = DecoderModel.Load(Path.Combine(Models, name));
        TaskExample[] questions = [.. StringTask.All.SelectMany(task => TaskFile.Load(Path.Combine(Models, "eval", $"{task.Name}.jsonl")))];

        IReadOnlyList<TaskScore> scores = TaskScore.Of(AnswerScorer.Score(model, Tokenizer, questions));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(scores.Select(score => score.Task), Is.EqualTo(StringTask.All.Select(task => task.Name)));
            foreach (TaskScore score in scores)
            {
                JsonElement task = expected.GetProperty(score.Task);
                Assert.That(score.Count, Is.EqualTo(100));
                Assert.That(score.ExactMatch, Is.EqualTo(task.GetProperty("exact_match").GetDouble()).Within(1e-12), score.Task);
                Assert.That(score.NegativeLogLikelihood, Is.EqualTo(task.GetProperty("nll").GetDouble()).Within(2e-4), score.Task);
            }
        }
    }

    [Test]
    public void Score_OfManyQuestions_IsThatOfEachAlone()
    {
        using DecoderModel model = DecoderModel.Load(Path.Combine(Models, "a-sort"));
        IReadOnlyList<TaskExample> questions = TaskGenerator.Generate(new TaskSetOptions { Seed = 1 }, 300);

        IReadOnlyList<AnswerOutcome> together = AnswerScorer.Score(model, Tokenizer, questions);

        Assert.That(together.Take(20), Is.EqualTo(questions.Take(20).SelectMany(question => AnswerScorer.Score(model, Tokenizer, [question]))));
    }
}
