using ModelAggregation.Evaluation;
using ModelAggregation.Evaluation.Tasks;
using ModelAggregation.Mixture;
using ModelAggregation.Mixture.Routers;
using ModelAggregation.Mixture.Text;
using ModelAggregation.Runtime;
using ModelRuntime.Tokenizers;

namespace Documentation.Tests.Snippets;

public sealed class MixingSnippets
{
    [Test]
    public async Task MixFamily()
    {
        using WorkFolder work = new(nameof(MixFamily));
        string models = WorkFolder.Models;
        string output = work["mixture"];
        string[] sums = [.. ExampleFile.ReadAnswers($"{models}/eval/add.jsonl").Select(example => example.Prompt)];
        string[] sorts = [.. ExampleFile.ReadAnswers($"{models}/eval/srt.jsonl").Select(example => example.Prompt)];

        // snippet: MixFamily
        MixtureRecipe recipe = new()
        {
            Level = MixtureLevel.Block,
            DenseModel = $"{models}/a-base",
            DenseLayers = 1,
            ExpertsPerToken = 1,
            GateMode = GateMode.Fitted,
            Experts =
            [
                new MixtureExpert($"{models}/a-add") { PositivePrompts = [.. sums.Take(20)] },
                new MixtureExpert($"{models}/a-sort") { PositivePrompts = [.. sorts.Take(20)] },
            ],
        };
        MixtureBuilder builder = new();
        using MixturePlan plan = builder.Plan(recipe);
        CharacterTokenizer tokenizer = new();
        await using IHiddenStateSource dense = await new RuntimeHiddenStatesFactory(tokenizer).OpenAsync(ModelCandidate.FromFolder(recipe.DenseModel));
        RouterInitialization made = await RouterInitializer.InitializeAsync(recipe, plan.LayerCount, plan.HiddenSize, dense);
        builder.Write(plan, made.Routers, output);

        RuntimeRouting routing = RuntimeRouting.Read(ModelCandidate.FromFolder(output), [.. sums.Skip(20), .. sorts.Skip(20)], tokenizer);
        Console.WriteLine($"{made.Fits[0].HeldOutAccuracy:P0} of the prompts would go right; {routing.Statistics.All.Load[0]:P0} of new ones go to the first expert");
        // end

        using (Assert.EnterMultipleScope())
        {
            Assert.That(made.Fits.Select(fit => fit.HeldOutAccuracy), Is.All.EqualTo(1));
            Assert.That(routing.Statistics.Layers, Has.Count.EqualTo(2));
            Assert.That(routing.Statistics.All.Load, Is.EqualTo((double[])[.5, .5]));
            Assert.That(made.Diagnostics.Layers, Has.Count.EqualTo(2));
        }
    }

    [Test]
    public async Task RouteTexts()
    {
        using WorkFolder work = new(nameof(RouteTexts));
        string models = WorkFolder.Models;
        string output = work["routed"];
        IReadOnlyList<AnswerExample> sums = ExampleFile.ReadAnswers($"{models}/eval/add.jsonl");
        IReadOnlyList<AnswerExample> sorts = ExampleFile.ReadAnswers($"{models}/eval/srt.jsonl");

        // snippet: RouteTexts
        CharacterTokenizer tokenizer = new();
        RuntimeHiddenStatesFactory states = new(tokenizer);
        LabelledPrompt[] prompts = [.. sums.Take(20).Select(example => new LabelledPrompt(example.Prompt, 0)), .. sorts.Take(20).Select(example => new LabelledPrompt(example.Prompt, 1))];
        await using IHiddenStateSource source = await states.OpenAsync(ModelCandidate.FromFolder($"{models}/a-base"));
        TextRouterFit fit = await TextRouterFit.FitAsync(source, $"{models}/a-base", prompts, expertCount: 2);
        RoutedModelExpert[] experts = [new("adds", $"{models}/b-add"), new("sorts", $"{models}/a-sort")];
        RoutedModelFolder.Save(new RoutedModel { Experts = experts, Router = fit.Settings }, output);

        RoutedLanguageModelFactory factory = new(new RuntimeLanguageModelFactory(tokenizer), states);
        LanguageModelEvaluator evaluator = new(factory, [new ExactMatchTask("add", [.. sums.Skip(20)]), new ExactMatchTask("sort", [.. sorts.Skip(20)])]);
        EvaluationResult both = await evaluator.EvaluateAsync(ModelCandidate.FromFolder(output));
        Console.WriteLine($"{both["add"].Value:P0} of the sums and {both["sort"].Value:P0} of the orders are right");
        // end

        EvaluationResult adds = await evaluator.EvaluateAsync(ModelCandidate.FromFolder($"{models}/b-add"));
        EvaluationResult sorter = await evaluator.EvaluateAsync(ModelCandidate.FromFolder($"{models}/a-sort"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(both["add"].Value, Is.EqualTo(adds["add"].Value));
            Assert.That(both["sort"].Value, Is.EqualTo(sorter["sort"].Value));
            Assert.That(both.Merit, Is.GreaterThan(Math.Max(adds.Merit, sorter.Merit)));
        }
    }
}
