using ModelAggregation.Evaluation;
using ModelAggregation.Evaluation.Tasks;
using ModelAggregation.Mixture;
using ModelAggregation.Mixture.Routers;
using ModelAggregation.Mixture.Text;
using ModelRuntime.Tokenizers;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Runtime.Tests;

/// <summary>Mixtures of the trained models, from recipe to answers.</summary>
public sealed class ZooMixtureTests
{
    private static readonly CharacterTokenizer Characters = new();
    private static readonly LogLikelihoodRequest[] Questions = [new("rev:abcde=", "edcba") { Ends = true }, new("srt:idchh=", "cdhhi"), new("add:37+48=", "85"), new("upr:fadcb=", "FADCB")];

    [TestCase(MixtureLevel.FeedForward, 0, 2, RouterKind.Linear, null)]
    [TestCase(MixtureLevel.FeedForward, 1, 1, RouterKind.Mlp, RouterInput.Sample)]
    [TestCase(MixtureLevel.Block, 0, 2, RouterKind.Linear, null)]
    [TestCase(MixtureLevel.Block, 2, 3, RouterKind.Mlp, null)]
    [TestCase(MixtureLevel.Model, 0, 1, RouterKind.Linear, null)]
    [TestCase(MixtureLevel.Model, 1, 2, RouterKind.Mlp, null)]
    public async Task AMixtureOfOneModel_IsThatModel(MixtureLevel level, int denseLayers, int chosen, RouterKind router, RouterInput? input)
    {
        MixtureRecipe recipe = Recipe(level, "a-reverse", "a-reverse", "a-reverse", "a-reverse") with
        {
            DenseLayers = denseLayers,
            ExpertsPerToken = chosen,
            Router = router,
            Input = input,
            GateMode = GateMode.Random,
            OutputDataType = DataType.F32,
        };
        using MixturePlan plan = new MixtureBuilder().Plan(recipe);
        RouterInitialization routers = await RouterInitializer.InitializeAsync(recipe, 3, 96, source: null);
        using TensorSet tensors = MixtureBuilder.Open(plan, routers.Routers);

        IReadOnlyList<LogLikelihood> actual = await AskAsync(ModelCandidate.FromTensors("mixture", tensors));
        IReadOnlyList<LogLikelihood> expected = await AskAsync(Zoo.Candidate("a-reverse"));

        Assert.That(actual.Select(answer => answer.LogProbability), Is.EqualTo(expected.Select(answer => answer.LogProbability)).Within(1e-5));
    }

    [TestCase(MixtureLevel.FeedForward, MixtureLayout.Classic)]
    [TestCase(MixtureLevel.FeedForward, MixtureLayout.Packed)]
    [TestCase(MixtureLevel.Block, MixtureLayout.Classic)]
    public async Task AMixtureOfNoLayers_IsTheDenseModelBitForBit(MixtureLevel level, MixtureLayout layout)
    {
        using TestFolder folder = new();
        MixtureRecipe recipe = Recipe(level, "a-base", "a-reverse", "a-sort", "a-add") with { DenseLayers = 3, Layout = layout };
        using MixturePlan plan = new MixtureBuilder().Plan(recipe);
        using TensorSet lent = MixtureBuilder.Open(plan, []);
        new MixtureBuilder().Write(plan, [], folder["mixture"]);

        IReadOnlyList<LogLikelihood> expected = await AskAsync(Zoo.Candidate("a-base"));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(plan.LayerCount, Is.EqualTo(recipe.DenseLayers));
            Assert.That(await AskAsync(ModelCandidate.FromFolder(folder["mixture"])), Is.EqualTo(expected));
            Assert.That(await AskAsync(ModelCandidate.FromTensors("lent", lent)), Is.EqualTo(expected));
        }
    }

    [TestCase(MixtureLevel.FeedForward, MixtureLayout.Classic)]
    [TestCase(MixtureLevel.FeedForward, MixtureLayout.Packed)]
    [TestCase(MixtureLevel.Block, MixtureLayout.Classic)]
    [TestCase(MixtureLevel.Model, MixtureLayout.Classic)]
    public async Task AMixture_AnswersTheSameBits_LentOrWrittenInEitherLayout(MixtureLevel level, MixtureLayout layout)
    {
        using TestFolder folder = new();
        MixtureRecipe recipe = Recipe(level, "a-base", "a-reverse", "a-sort", "a-add");
        RouterInitialization routers = await RoutersAsync(recipe, "a-base");
        using MixturePlan plan = new MixtureBuilder().Plan(recipe);
        using MixturePlan other = new MixtureBuilder().Plan(recipe with { Layout = layout });
        using TensorSet tensors = MixtureBuilder.Open(plan, routers.Routers);
        new MixtureBuilder().Write(other, routers.Routers, folder["mixture"]);

        Assert.That(await AskAsync(ModelCandidate.FromFolder(folder["mixture"])), Is.EqualTo(await AskAsync(ModelCandidate.FromTensors("lent", tensors))));
    }

    [TestCase(MixtureLevel.Block)]
    [TestCase(MixtureLevel.Model)]
    public async Task AMixtureOfSpecialists_SendsEachTaskToItsOwn(MixtureLevel level)
    {
        MixtureRecipe recipe = Recipe(level, "a-base", "a-reverse", "a-sort", "a-add") with { ExpertsPerToken = 1, GateMode = GateMode.Fitted };
        RouterInitialization routers = await RoutersAsync(recipe, "a-base");
        using MixturePlan plan = new MixtureBuilder().Plan(recipe);
        using TensorSet tensors = MixtureBuilder.Open(plan, routers.Routers);
        ModelCandidate candidate = ModelCandidate.FromTensors("mixture", tensors);
        string[] names = ["rev", "srt", "add"];

        RuntimeRouting routing = RuntimeRouting.Read(candidate, [.. names.SelectMany(name => Zoo.Examples(name).Skip(40).Take(10).Select(example => example.Prompt))], Characters, Zoo.OneThread);
        LanguageModelTask[] tasks = [.. names.Select(name => new ExactMatchTask(name, [.. Zoo.Examples(name).Skip(40).Take(40)], new ExactMatchOptions { MaxTokens = 8, MustEnd = true }))];
        EvaluationResult scores = await RuntimeEvaluator.Create(tasks, Characters, Zoo.OneThread).EvaluateAsync(candidate);

        using (Assert.EnterMultipleScope())
        {
            float[] first = routing.Logits[0];
            Assert.That(Enumerable.Range(0, 30).Select(prompt => Array.IndexOf(first, first[(prompt * 3)..((prompt + 1) * 3)].Max(), prompt * 3) - (prompt * 3)), Is.EqualTo(Enumerable.Range(0, 30).Select(prompt => prompt / 10)));
            Assert.That(names.Select(name => scores[name].Value), Is.All.GreaterThan(0.5));
        }
    }

    [Test]
    public async Task AnEvaluator_OpensFoldersOfRoutedModels()
    {
        using TestFolder folder = new();
        string[] names = ["rev", "add"];
        MixtureRecipe recipe = Recipe(MixtureLevel.Model, "a-base", "a-reverse", "a-add") with { GateMode = GateMode.Fitted };
        recipe = recipe with { Experts = [.. recipe.Experts.Select((expert, i) => expert with { PositivePrompts = Learnt(names[i]) })] };
        RouterInitialization routers = await RoutersAsync(recipe, "a-base");
        RoutedModel model = new()
        {
            Experts = [new("a-reverse", Zoo.Path("a-reverse")), new("b-add", Zoo.Path("b-add"))],
            Router = new TextRouterSettings { Model = Zoo.Path("a-base"), Layer = 0, Pooling = RouterPooling.Mean, Router = routers.Routers[0] },
        };
        RoutedModelFolder.Save(model, folder["routed"]);
        LanguageModelEvaluator evaluator = RuntimeEvaluator.Create(
            [.. names.Select(name => new ExactMatchTask(name, [.. Zoo.Examples(name).Skip(40).Take(30)], new ExactMatchOptions { MaxTokens = 8, MustEnd = true }))], Characters, Zoo.OneThread);

        EvaluationResult routed = await evaluator.EvaluateAsync(ModelCandidate.FromFolder(folder["routed"]));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(routed["rev"].Value, Is.EqualTo((await evaluator.EvaluateAsync(Zoo.Candidate("a-reverse")))["rev"].Value));
            Assert.That(routed["add"].Value, Is.EqualTo((await evaluator.EvaluateAsync(Zoo.Candidate("b-add")))["add"].Value));
        }
    }

    private static async Task<RouterInitialization> RoutersAsync(MixtureRecipe recipe, string dense)
    {
        await using IHiddenStateSource source = await new RuntimeHiddenStatesFactory(Characters, Zoo.OneThread).OpenAsync(Zoo.Candidate(dense));
        return await RouterInitializer.InitializeAsync(recipe, source.LayerCount, source.HiddenSize, source);
    }

    private static async Task<IReadOnlyList<LogLikelihood>> AskAsync(ModelCandidate candidate)
    {
        await using ILanguageModel model = await new RuntimeLanguageModelFactory(Characters, Zoo.OneThread).OpenAsync(candidate);
        return await model.LogLikelihoodAsync(Questions);
    }

    private static string[] Learnt(string task) => [.. Zoo.Examples(task).Take(20).Select(example => example.Prompt)];

    private static MixtureRecipe Recipe(MixtureLevel level, string dense, params string[] experts)
    {
        string[] tasks = ["rev", "srt", "add"];
        return new MixtureRecipe
        {
            Level = level,
            DenseModel = Zoo.Path(dense),
            Experts = [.. experts.Select((expert, i) => new MixtureExpert(Zoo.Path(expert)) { PositivePrompts = Learnt(tasks[i]) })],
        };
    }
}
