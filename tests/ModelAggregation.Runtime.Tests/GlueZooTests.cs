using System.Security.Cryptography;
using ModelAggregation.Evaluation;
using ModelAggregation.Evaluation.Tasks;
using ModelAggregation.Glue;
using ModelAggregation.Merging.Recipes;
using ModelAggregation.Mixture;
using ModelRuntime.Tokenizers;

namespace ModelAggregation.Runtime.Tests;

/// <summary>The whole pipeline on the trained zoo: two families, a harmful model, mixtures at all levels.</summary>
public sealed class GlueZooTests
{
    private const double SameScore = 1e-12;

    private static GlueServices Services { get; } = new()
    {
        Models = new RuntimeLanguageModelFactory(new CharacterTokenizer(), Zoo.OneThread),
        HiddenStates = new RuntimeHiddenStatesFactory(new CharacterTokenizer(), Zoo.OneThread),
    };

    private static readonly string Output = Path.Combine(Path.GetTempPath(), $"model-aggregation-glue-{Environment.ProcessId}");

    private static readonly GlueRecipe Recipe = new()
    {
        Zoo = Zoo.Path(),
        Search = new GlueSearch
        {
            Strategies = ["average", new GlueStrategy("cma-es") { Variation = new() { Evaluations = 12 } }],
            Bases = [GlueSearch.Auto],
            Workers = 2,
        },
        Candidates = [new GlueCandidate("task_arithmetic") { Parameters = ParameterSet.Empty.With("lambda", 0.6) }],
        Mixtures =
        [
            new GlueMixture(GlueMixtureLevel.Text),
            new GlueMixture(GlueMixtureLevel.Text) { Name = "hidden", GateMode = GateMode.Hidden, RouterLayer = 1 },
            new GlueMixture(GlueMixtureLevel.FeedForward) { DenseLayers = 1 },
            new GlueMixture(GlueMixtureLevel.Block) { DenseLayers = 1, ExpertsPerToken = 1, Pooling = RouterPooling.Last },
            new GlueMixture(GlueMixtureLevel.Model) { Router = RouterKind.Mlp },
        ],
        Evaluation = new GlueEvaluation
        {
            Tasks = [.. Zoo.Tasks.Select(task => new GlueTask(task, GlueTaskKind.ExactMatch) { File = Zoo.Path("eval", $"{task}.jsonl"), Limit = 20, ExactMatch = new ExactMatchOptions { MaxTokens = 8, MustEnd = true } })],
        },
        Output = Output,
    };

    private static GlueResult _result = null!;
    private static GlueResult _repaired = null!;
    private static Dictionary<string, string> _before = [];
    private static Dictionary<string, string> _after = [];

    [OneTimeSetUp]
    public static async Task Run()
    {
        _result = await new ModelGlue(Services).RunAsync(Recipe);
        _before = Hash();

        // Before the tests, which share what is there: damage is mended by another run.
        File.AppendAllText(Path.Combine(Output, "mixture", "ffn-a-add", "config.json"), " ");
        File.Delete(Path.Combine(Output, "mixture", "model-b-add", "model.safetensors"));
        File.WriteAllText(Path.Combine(Output, "mixture", "text", "routed.json"), "{}");
        _repaired = await new ModelGlue(Services).RunAsync(Recipe);
        _after = Hash();
    }

    [OneTimeTearDown]
    public static void Remove() => Directory.Delete(Output, recursive: true);

    [Test]
    public void BothFamilies_AreFound_WithTheirBases_AndWithoutTheHarmfulModel()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_result.Families.Select(family => string.Join(' ', family.Models)), Is.EqualTo((string[])["a-add a-base a-harmful a-reverse a-sort", "b-add b-base b-reverse"]));
            Assert.That(_result.Families.Select(family => family.Base), Is.EqualTo((string[])["a-base", "b-base"]));
            Assert.That(_result.Families[0].Dropped, Is.EqualTo((string[])["a-harmful"]));
            Assert.That(_result.Families[0].Searches, Has.Count.EqualTo(2));
        }
    }

    [Test]
    public void TheChosenModel_IsBetterThanTheBestSingle()
    {
        (double low, _) = _result.Gain!.Value.Interval();
        TestContext.Out.WriteLine(_result.Verdict());
        foreach (GlueModel model in _result.Models)
        {
            TestContext.Out.WriteLine(FormattableString.Invariant($"{model.Name}: {model.Proxy.Merit:0.000} {model.HoldOut.Merit:0.000}"));
        }

        Assert.That(low, Is.Positive);
    }

    [Test]
    public void MixturesOfAllLevels_AreMade_AndScored()
    {
        string[] names = [.. _result.Models.Where(model => model.Kind is GlueModelKind.Mixture).Select(model => model.Name)];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(names, Is.EqualTo((string[])["mixture text", .. ((string[])["ffn", "block", "model"]).SelectMany(level => new[] { $"mixture {level}-a-add", $"mixture {level}-b-add" })]));
            Assert.That(_result.Notes, Has.Count.EqualTo(1), "one family is best at all tasks: prompts of the other are needed to make its row of, not to fit it");
            Assert.That(_result.Notes, Has.All.Contains("'hidden'").And.All.Contains("no positive prompts"));
            Assert.That(File.ReadAllText(Path.Combine(Output, "report.html")), Does.Contain("likeliest expert of prompts").And.Contain("routers fitted"));
        }
    }

    [Test]
    public void MixturesThatWereDamaged_AreMadeAnew_ToTheSameBytes()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That((_repaired.StagesRun, _repaired.Evaluated), Is.EqualTo((3, 0)));
            Assert.That(_after, Is.EqualTo(_before));
        }
    }

    [Test]
    public async Task AllScores_AreDerivedAgain()
    {
        GlueVerification verification = await new ModelGlue(Services).VerifyAsync(Output);

        Assert.That(verification.Mismatches, Is.Empty);
        Assert.That(verification.Scores, Is.EqualTo(2 * Zoo.Tasks.Length * _result.Models.Count));
    }

    [Test]
    public async Task TheMergedFolder_HasTheScoresOfTheReport()
    {
        GlueModel merged = _result.Models.First(model => model.Kind is GlueModelKind.Merged);
        LanguageModelEvaluator evaluator = RuntimeEvaluator.Create(
            [.. Zoo.Tasks.Select(task => new ExactMatchTask(task, Zoo.Examples(task), new ExactMatchOptions { MaxTokens = 8, MustEnd = true }))], new CharacterTokenizer(), Zoo.OneThread);

        EvaluationResult all = await evaluator.EvaluateAsync(ModelCandidate.FromFolder(Path.Combine(Output, merged.Folder!)));

        using (Assert.EnterMultipleScope())
        {
            foreach (TaskScore score in merged.HoldOut.Scores)
            {
                Dictionary<string, double> outcomes = all[score.Task.Name].Outcomes.ToDictionary(outcome => outcome.Example, outcome => outcome.Value, StringComparer.Ordinal);
                Assert.That(score.Outcomes.Average(outcome => outcomes[outcome.Example]), Is.EqualTo(score.Value).Within(SameScore), score.Task.Name);
            }
        }
    }

    private static Dictionary<string, string> Hash() => Directory.GetFiles(Output, "*", SearchOption.AllDirectories)
        .ToDictionary(path => Path.GetRelativePath(Output, path), path => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))), StringComparer.Ordinal);
}
