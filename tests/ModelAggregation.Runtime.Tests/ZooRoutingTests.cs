using ModelAggregation.Evaluation;
using ModelAggregation.Evaluation.Tasks;
using ModelAggregation.Mixture;
using ModelAggregation.Mixture.Routers;
using ModelAggregation.Mixture.Text;
using ModelRuntime.Tokenizers;
using ModelSdk.Testing;

namespace ModelAggregation.Runtime.Tests;

public sealed class ZooRoutingTests
{
    private static readonly string[] Experts = ["a-reverse", "a-sort", "b-add"];

    [Test]
    public async Task SpecialistsOfTwoFamilies_RoutedByTheText_ScoreAsEachDoesAlone([Values] RouterKind kind, [Values] bool keepsModelsOpen)
    {
        using TestFolder folder = new();
        CharacterTokenizer tokenizer = new();
        RuntimeHiddenStatesFactory states = new(tokenizer, Zoo.OneThread);
        LabelledPrompt[] prompts = [.. Zoo.Tasks.Take(3).SelectMany((task, expert) => Zoo.Examples(task).Take(20).Select(example => new LabelledPrompt(example.Prompt, expert)))];
        TextRouterFit fit;
        await using (IHiddenStateSource source = await states.OpenAsync(Zoo.Candidate("a-base")))
        {
            fit = await TextRouterFit.FitAsync(source, Zoo.Path("a-base"), prompts, 3, options: new RouterFittingOptions { Kind = kind, InnerSize = 8 });
        }

        RoutedModelFolder.Save(new RoutedModel { Experts = [.. Experts.Select(name => new RoutedModelExpert(name, Zoo.Path(name)))], Router = fit.Settings }, folder["routed"]);
        List<TextRoutingStatistics> reports = [];
        RuntimeLanguageModelFactory inner = new(tokenizer, Zoo.OneThread);
        RoutedLanguageModelFactory factory = new(inner, states, new RoutedLanguageModelOptions { KeepsModelsOpen = keepsModelsOpen, Statistics = new Reports(reports) });
        ExactMatchTask[] tasks = [.. Zoo.Tasks.Take(3).Select(task => new ExactMatchTask(task, [.. Zoo.Examples(task).Skip(20).Take(30)], new ExactMatchOptions { MaxTokens = 8, MustEnd = true }))];
        EvaluationResult routed = await new LanguageModelEvaluator(factory, tasks).EvaluateAsync(ModelCandidate.FromFolder(folder["routed"]));

        using (Assert.EnterMultipleScope())
        {
            Assert.That((fit.Best.IsConverged, fit.Best.Accuracy, fit.Best.HeldOutAccuracy), Is.EqualTo((true, 1.0, (double?)1.0)));
            for (int expert = 0; expert < 3; expert++)
            {
                EvaluationResult alone = await new LanguageModelEvaluator(inner, tasks).EvaluateAsync(Zoo.Candidate(Experts[expert]));
                Assert.That(routed[Zoo.Tasks[expert]].Value, Is.EqualTo(alone[Zoo.Tasks[expert]].Value));
                Assert.That(routed.Merit, Is.GreaterThan(alone.Merit));
            }

            Assert.That(reports.Single().Experts.Select(expert => (expert.Name, expert.Requests)), Is.EqualTo(Experts.Select(name => (name, 30L))));
        }
    }

    // All prompts of the zoo end with the same character: what the last token has gathered of those before grows with the layer, while the mean of the tokens tells from the beginning.
    [TestCase(GateMode.HiddenAverage, RouterPooling.Mean, 0, 86)]
    [TestCase(GateMode.HiddenAverage, RouterPooling.Mean, 1, 90)]
    [TestCase(GateMode.HiddenAverage, RouterPooling.Mean, 2, 90)]
    [TestCase(GateMode.Hidden, RouterPooling.Last, 0, 30)]
    [TestCase(GateMode.Hidden, RouterPooling.Last, 1, 30)]
    [TestCase(GateMode.Hidden, RouterPooling.Last, 2, 73)]
    [TestCase(GateMode.CheapEmbed, RouterPooling.Mean, 0, 90)]
    [TestCase(GateMode.Fitted, RouterPooling.Mean, 0, 90)]
    [TestCase(GateMode.Fitted, RouterPooling.Last, 0, 30)]
    [TestCase(GateMode.Fitted, RouterPooling.Last, 1, 90)]
    [TestCase(GateMode.Fitted, RouterPooling.Last, 2, 90)]
    public async Task Routers_OfTheZoo_SendUnseenPromptsToTheirExperts(GateMode mode, RouterPooling pooling, int layer, int right)
    {
        await using IHiddenStateSource source = await new RuntimeHiddenStatesFactory(new CharacterTokenizer(), Zoo.OneThread).OpenAsync(Zoo.Candidate("a-base"));
        string[][] prompts = [.. Zoo.Tasks.Take(3).Select(task => Zoo.Examples(task).Take(20).Select(example => example.Prompt).ToArray())];
        MixtureRecipe recipe = new()
        {
            Level = MixtureLevel.Model,
            DenseModel = Zoo.Path("a-base"),
            DenseLayers = layer,
            GateMode = mode,
            Pooling = pooling,
            Experts = [.. Enumerable.Range(0, 3).Select(expert => new MixtureExpert(Experts[expert]) { PositivePrompts = prompts[expert], NegativePrompts = [.. prompts.Where((_, other) => other != expert).SelectMany(own => own)] })],
        };
        RouterInitialization made = await RouterInitializer.InitializeAsync(recipe, source.LayerCount, source.HiddenSize, source);
        int found = 0;
        for (int expert = 0; expert < 3; expert++)
        {
            IReadOnlyList<PromptStates> unseen = await source.ReadAsync([.. Zoo.Examples(Zoo.Tasks[expert]).Skip(20).Take(30).Select(example => example.Prompt)]);
            found += unseen.Count(states => made.Routers[0].Choose(pooling is RouterPooling.Mean ? states.Mean(layer) : states.Last(layer), 1).Experts[0] == expert);
        }

        Assert.That(found, Is.EqualTo(right));
    }

    [Test]
    public async Task Routers_OfFeedForwardBlocks_AreFittedToTheStatesTheyWillGet()
    {
        await using IHiddenStateSource source = await new RuntimeHiddenStatesFactory(new CharacterTokenizer(), Zoo.OneThread).OpenAsync(Zoo.Candidate("a-base"));
        MixtureRecipe recipe = new()
        {
            Level = MixtureLevel.FeedForward,
            DenseModel = Zoo.Path("a-base"),
            DenseLayers = 2,
            GateMode = GateMode.Fitted,
            Pooling = RouterPooling.Mean,
            Experts = [.. Experts.Select((name, expert) => new MixtureExpert(name) { PositivePrompts = [.. Zoo.Examples(Zoo.Tasks[expert]).Take(20).Select(example => example.Prompt)] })],
        };
        RouterInitialization made = await RouterInitializer.InitializeAsync(recipe, source.LayerCount, source.HiddenSize, source);
        int found = 0;
        for (int expert = 0; expert < 3; expert++)
        {
            IReadOnlyList<PromptStates> unseen = await source.ReadAsync([.. Zoo.Examples(Zoo.Tasks[expert]).Skip(20).Take(30).Select(example => example.Prompt)]);
            found += unseen.Count(states => made.Routers[0].Choose(states.FeedForwardMean(2), 1).Experts[0] == expert);
        }

        // Chance is 30 of 90, with a deviation below 4.5.
        Assert.That(found, Is.GreaterThan(60));
    }

    private sealed class Reports(List<TextRoutingStatistics> reports) : IProgress<TextRoutingStatistics>
    {
        public void Report(TextRoutingStatistics value) => reports.Add(value);
    }
}
