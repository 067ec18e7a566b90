using ModelAggregation.Evaluation;
using ModelAggregation.Evaluation.Http;
using ModelAggregation.Evaluation.Processes;
using ModelAggregation.Evaluation.Tasks;
using ModelAggregation.Merging;
using ModelAggregation.Runtime;
using ModelAggregation.Search;
using ModelAggregation.Zoo;
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
    public async Task SearchMerges()
    {
        using WorkFolder work = new(nameof(SearchMerges));
        string models = WorkFolder.Models;
        string output = work["merged"];
        IReadOnlyList<AnswerExample> sums = ExampleFile.ReadAnswers($"{models}/eval/add.jsonl");
        LanguageModelEvaluator evaluator = RuntimeEvaluator.Create([new AnswerLossTask("add", sums)], new CharacterTokenizer());

        // snippet: SearchMerges
        ModelZoo zoo = ModelZoo.Open([$"{models}/a-add", $"{models}/a-sort", $"{models}/a-harmful"]);
        using MergeSearch search = new(zoo, evaluator, new SearchOptions { Coefficients = [0.3, 0.7] });
        SearchResult result = await search.RunAsync(new CoefficientHeuristic());
        MergeReport report = new ModelMerger(zoo.Resolver).Merge(result.Best.Recipe, output);
        Console.WriteLine($"{string.Join(", ", result.Best.Shares.Select(share => $"{share.Weight:F2} of {share.Model}"))} in {report.Folder}");
        // end

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Best.Shares.Select(share => share.Model), Has.None.Contains("harmful"));
            Assert.That(report.TensorCount, Is.EqualTo(30));
        }
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
}
