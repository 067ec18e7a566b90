using ModelAggregation.Evaluation;
using ModelAggregation.Evaluation.Http;
using ModelAggregation.Evaluation.Processes;
using ModelAggregation.Evaluation.Tasks;
using ModelAggregation.Runtime;
using ModelRuntime.Tokenizers;
using RunKit;

namespace Documentation.Tests.Snippets;

public sealed class EvaluationSnippets
{
    [Test]
    public async Task EvaluateModels()
    {
        string models = WorkFolder.Models;

        // snippet: EvaluateModels
        IReadOnlyList<AnswerExample> sums = ExampleFile.ReadAnswers($"{models}/eval/add.jsonl");
        LanguageModelEvaluator evaluator = RuntimeEvaluator.Create([new ExactMatchTask("add", sums)], new CharacterTokenizer());
        EvaluationResult tuned = await evaluator.EvaluateAsync(ModelCandidate.FromFolder($"{models}/a-add"));
        EvaluationResult untuned = await evaluator.EvaluateAsync(ModelCandidate.FromFolder($"{models}/a-base"));
        (double low, double high) = PairedDifference.Of(tuned, untuned).Interval();
        Console.WriteLine($"{tuned.Merit:P0} right instead of {untuned.Merit:P0}, a gain of {low:P0} to {high:P0}");
        // end

        Assert.That((tuned.Merit, untuned.Merit), Is.EqualTo((1.0, 0.31)));
        Assert.That(low, Is.GreaterThan(0.5).And.LessThan(0.69));
        Assert.That(high, Is.GreaterThan(0.69));
    }

    [Test]
    public void OtherEvaluators()
    {
        using HttpClient client = new();
        IReadOnlyList<AnswerExample> sums = ExampleFile.ReadAnswers($"{WorkFolder.Models}/eval/add.jsonl");

        // snippet: OtherEvaluators
        // Any script that writes lm-evaluation-harness's JSON; a merge in memory is written to a temporary folder for it.
        ProcessEvaluator harness = new(
            CommandTemplate.Parse("lm_eval --model hf --model_args pretrained={model} --tasks {tasks} --output_path {out}"),
            [HarnessTask.OfHarness("arc_challenge", "acc_norm,none"), HarnessTask.OfHarness("winogrande", "acc,none")]);

        // Any server of OpenAI's completions with log-probabilities of the prompt, such as vLLM; it serves one model, whatever the candidate.
        HttpLanguageModel served = new(client, new Uri("http://localhost:8000/v1"), "my-model");
        LanguageModelEvaluator remote = new(new DelegateLanguageModelFactory(served.Id, (_, _) => ValueTask.FromResult<ILanguageModel>(served)), [new ExactMatchTask("add", sums)]);
        // end

        using (Assert.EnterMultipleScope())
        {
            Assert.That(harness.Tasks.Select(task => task.Name), Is.EqualTo((string[])["arc_challenge", "winogrande"]));
            Assert.That(remote.Tasks, Has.Count.EqualTo(1));
        }
    }

    [Test]
    public void RepeatEvaluations()
    {
        // snippet: RepeatEvaluations
        CommandTemplate command = CommandTemplate.Parse("lm_eval --model hf --model_args pretrained={model} --tasks {tasks} --seed {seed} --output_path {out}");
        RepeatedEvaluator evaluator = new(
            seed => new ProcessEvaluator(command, [HarnessTask.OfHarness("gsm8k", "exact_match,get-answer")], new ProcessEvaluatorOptions { Seed = seed }),
            1, 2, 3);
        // end

        Assert.That(evaluator.Tasks.Select(task => task.Name), Is.EqualTo((string[])["gsm8k"]));
    }
}
