using System.Text.Json.Nodes;
using ModelAggregation.Evaluation;
using ModelAggregation.Glue;
using ModelAggregation.Mixture;
using ModelAggregation.Search;
using ModelAggregation.Tests.Search;
using ModelSdk.Testing;
using ModelTensors;

namespace ModelAggregation.Tests.Glue;

public sealed class ModelGlueTests
{
    [Test]
    public async Task AZoo_BecomesOneModelAFamily_ChosenByTheProxySet()
    {
        using GlueRig rig = new();

        GlueResult result = await rig.Glue.RunAsync(rig.Recipe);

        GlueFamily family = result.Families[0];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Families.Select(found => found.Models), Is.EqualTo((string[][])[["a-bad", "a-base", "a-one", "a-two"], ["b-one", "b-two"]]));
            Assert.That((family.Name, family.Base, family.Folder), Is.EqualTo(("a-bad", "a-base", "merged/a-bad")));
            Assert.That(family.Kept, Is.EqualTo((string[])["a-one", "a-two"]));
            Assert.That(family.Dropped, Is.EqualTo((string[])["a-bad"]));
            Assert.That(result.Chosen.Kind, Is.EqualTo(GlueModelKind.Merged));
            Assert.That(result.Chosen.Proxy.Merit, Is.EqualTo(result.Models.Max(model => model.Proxy.Merit)));
            Assert.That(result.ChosenFolder, Is.EqualTo(rig.Folder["out", "merged", "a-bad"]));
            Assert.That(result.BestSingle.Name, Is.EqualTo("a-one"));
            Assert.That(result.Gain!.Value.Difference, Is.EqualTo(result.Chosen.HoldOut.Merit - result.BestSingle.HoldOut.Merit).Within(1e-12));
            Assert.That(result.Verdict(), Does.Contain(result.Chosen.Name).And.Contain("a-one"));
            Assert.That(result.Models.Where(model => model.Kind is GlueModelKind.Candidate).Select(model => model.Name), Is.EqualTo((string[])["task_arithmetic lambda 0.6 (a-bad)"]));
            Assert.That(result.Evaluated, Is.EqualTo(rig.Proxy.Seen.Count + rig.HoldOut.Seen.Count));
        }
    }

    [Test]
    public async Task AnOutput_HoldsEverythingThatTheRunFound()
    {
        using GlueRig rig = new();

        GlueResult result = await rig.Glue.RunAsync(rig.Recipe);

        JsonNode manifest = JsonNode.Parse(File.ReadAllText(rig.Folder["out", "manifest.json"]))!;
        string report = File.ReadAllText(rig.Folder["out", "report.html"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                Directory.GetFiles(rig.Folder["out"]).Select(Path.GetFileName).Where(name => !name!.StartsWith("similarity-", StringComparison.Ordinal)),
                Is.EquivalentTo((string[])["clusters.json", "hold-out.journal", "manifest.json", "model_acc-hold_out.csv", "model_acc.csv", "report.html", "scores.journal", "scores.json", "search-a-bad.journal", "search-a-bad.json", "search-b-one.journal", "search-b-one.json", "similarity.csv"]));
            Assert.That(manifest["stages"]!.AsArray().Select(stage => stage!["name"]!.GetValue<string>()), Is.EqualTo(
                (string[])["cluster", "search a-bad", "merge a-bad", "search b-one", "score", "report"]), "no merge beats b-one");
            Assert.That(GlueRecipe.Parse(manifest["recipe"]!.GetValue<string>()).ToYaml(), Is.EqualTo(rig.Recipe.ToYaml()));
            Assert.That(ScoreTable.Read(rig.Folder["out", "model_acc.csv"]).Models, Is.EqualTo(result.Models.Select(model => model.Name)));
            Assert.That(ScoreTable.Read(rig.Folder["out", "model_acc-hold_out.csv"])[result.Chosen.Name], Is.EqualTo((double[])[result.Chosen.HoldOut["near"].Value]));
            Assert.That(report, Does.Contain("Four numbers are no language model.").And.Contain(result.Verdict()).And.Contain("a-two").And.Contain("not stated").And.Contain("Similarity by layer"));
        }
    }

    [Test]
    public async Task AMergedFolder_HoldsTheTensorsThatWereScored()
    {
        using GlueRig rig = new();

        GlueResult result = await rig.Glue.RunAsync(rig.Recipe);

        using ModelTensors.Checkpoints.TensorSet merged = ModelTensors.Checkpoints.Checkpoint.Open(rig.Folder["out", "merged", "a-bad"]);
        Assert.That(merged.TryGet(SearchZoo.Tensor, out TensorSource? source));
        Assert.That(rig.Proxy.Seen.Count(seen => seen.SequenceEqual(TensorBytes.Singles(source!))), Is.EqualTo(2), "once in memory, once from the folder");
        Assert.That(result.Chosen.Recipe!.ToYaml(), Does.Contain("a-one"));
    }

    [Test]
    public async Task ASecondRun_DoesNothing_AndGivesTheSame()
    {
        using GlueRig rig = new();
        GlueResult first = await rig.Glue.RunAsync(rig.Recipe);
        Dictionary<string, string> before = rig.Hash("out");

        GlueResult second = await rig.Glue.RunAsync(rig.Recipe);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((second.Evaluated, second.StagesRun, second.StagesReused), Is.EqualTo((0, 0, first.StagesRun)));
            Assert.That(rig.Hash("out"), Is.EqualTo(before));
            Assert.That(second.Verdict(), Is.EqualTo(first.Verdict()));
        }
    }

    [TestCase("clusters.json")]
    [TestCase("search-a-bad.json")]
    [TestCase("merged/a-bad/model.safetensors")]
    [TestCase("scores.json")]
    [TestCase("report.html")]
    public async Task AnArtefactThatWasChanged_IsMadeAnew_WithoutAnEvaluationButItsOwn(string file)
    {
        using GlueRig rig = new();
        await rig.Glue.RunAsync(rig.Recipe);
        Dictionary<string, string> before = rig.Hash("out");
        File.AppendAllText(rig.Folder["out", file], " ");

        GlueResult again = await rig.Glue.RunAsync(rig.Recipe);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(again.StagesRun, Is.EqualTo(1));
            Assert.That(again.Evaluated, Is.Zero);
            Assert.That(rig.Hash("out"), Is.EqualTo(before));
        }
    }

    [Test]
    public async Task WorkersAndThreads_ChangeNoByteOfAnArtefact()
    {
        using GlueRig rig = new();
        await rig.Glue.RunAsync(rig.Recipe with { Threads = 1 });
        Dictionary<string, string> one = rig.Hash("out");
        Directory.Delete(rig.Folder["out"], recursive: true);

        await rig.Glue.RunAsync(rig.Recipe with { Threads = 3, Search = rig.Recipe.Search with { Workers = 3 } });

        Assert.That(rig.Hash("out"), Is.EqualTo(one));
    }

    [Test]
    public async Task ARunThatIsStoppedAnywhere_GoesOn_ToTheSameBytes_RepeatingNoEvaluation()
    {
        using GlueRig rig = new();
        GlueResult whole = await rig.Glue.RunAsync(rig.Recipe with { Output = "whole" });
        Dictionary<string, string> expected = rig.Hash("whole");

        for (int stop = 0; stop < whole.Evaluated; stop++)
        {
            int evaluated = 0;
            rig.Proxy = Stopping("proxy", [1, 1, 1, 1], () => ++evaluated > stop);
            rig.HoldOut = Stopping("held", [1.1f, 0.9f, 1.1f, 0.9f], () => ++evaluated > stop);
            string output = $"stopped-{stop}";
            Assert.That(() => rig.Glue.RunAsync(rig.Recipe with { Output = output }), Throws.InstanceOf<IOException>(), $"{stop}");
            rig.Proxy = GlueRig.Evaluator("proxy", [1, 1, 1, 1]);
            rig.HoldOut = GlueRig.Evaluator("held", [1.1f, 0.9f, 1.1f, 0.9f]);

            GlueResult result = await rig.Glue.RunAsync(rig.Recipe with { Output = output });

            // The recipe, with its output, is in the manifest and the report.
            Dictionary<string, string> found = rig.Hash(output);
            using (Assert.EnterMultipleScope())
            {
                Assert.That(result.Evaluated, Is.EqualTo(whole.Evaluated - stop), output);
                Assert.That(found.Where(IsArtefact), Is.EqualTo(expected.Where(IsArtefact)), output);
            }
        }

        static bool IsArtefact(KeyValuePair<string, string> file) => file.Key is not ("manifest.json" or "report.html");

        // Not a failed evaluation, but what a kill or a full disk is like: nobody catches it.
        static TargetEvaluator Stopping(string id, float[] target, Func<bool> isOver) => new(target)
        {
            Id = id,
            Tasks = GlueRig.Evaluator(id, target).Tasks,
            Failure = (_, _) => isOver() ? new IOException("The power went.") : null,
        };
    }

    [Test]
    public async Task ACancelledRun_Stops_AndGoesOn()
    {
        using GlueRig rig = new();
        using CancellationTokenSource source = new();
        List<GlueStage> stages = [];
        CallbackProgress progress = new(value =>
        {
            stages.Add(value.Stage);
            if (value.Stage is GlueStage.Merge)
            {
                source.Cancel();
            }
        });

        Assert.That(() => rig.Glue.RunAsync(rig.Recipe, progress, source.Token), Throws.InstanceOf<OperationCanceledException>());
        GlueResult result = await rig.Glue.RunAsync(rig.Recipe);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(stages, Does.Contain(GlueStage.Cluster).And.Contain(GlueStage.Search).And.Not.Contain(GlueStage.Score));
            Assert.That(result.StagesReused, Is.EqualTo(2));
        }
    }

    [Test]
    public async Task AFamilyWhoseSinglesAreBest_RefersToOne_OrCopiesIt()
    {
        using GlueRig rig = new();
        rig.Proxy = GlueRig.Evaluator("proxy", [-1, 1, 1, -1]);
        GlueRecipe recipe = rig.Recipe with { Search = rig.Recipe.Search with { MinimumGain = 0.001 } };

        GlueResult referred = await rig.Glue.RunAsync(recipe);
        GlueResult copied = await rig.Glue.RunAsync(recipe with { Output = "copied", CopiesSingles = true });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(referred.Families[1].Folder, Is.EqualTo("../zoo/b-one"));
            Assert.That((referred.Chosen.Name, referred.Chosen.Kind), Is.EqualTo(("b-one", GlueModelKind.Single)));
            Assert.That(referred.ChosenFolder, Is.EqualTo(rig.Folder["zoo", "b-one"]));
            Assert.That(referred.Verdict(), Does.Contain("nothing that was made is better"));
            Assert.That(copied.Families[1].Folder, Is.EqualTo("merged/b-one"));
            Assert.That(Directory.Exists(rig.Folder["copied", "merged", "b-one"]));
        }
    }

    [Test]
    public async Task AModelThatFails_IsLeftOut_AndTheReportSaysWhy()
    {
        using GlueRig rig = new();
        int asked = 0;
        rig.Proxy = new TargetEvaluator(1, 1, 1, 1)
        {
            Id = "proxy",
            Tasks = rig.Proxy.Tasks,
            Failure = (vector, _) =>
            {
                asked += vector[0] == 9 ? 1 : 0;
                return vector[0] == 9 ? new EvaluationException(EvaluationError.Failed, "It does not speak.") : null;
            },
        };

        GlueResult result = await rig.Glue.RunAsync(rig.Recipe);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Models.Select(model => model.Name), Has.None.EqualTo("a-bad"));
            Assert.That(asked, Is.EqualTo(1), "not by each of the strategies");
            Assert.That(result.Families[0].Searches[0].Rounds.Single(round => string.Equals(round.Model, "a-bad", StringComparison.Ordinal)).Outcome, Is.EqualTo(SearchOutcome.Failed));
            Assert.That(File.ReadAllText(rig.Folder["out", "report.html"]), Does.Contain("It does not speak."));
        }
    }

    [Test]
    public async Task MixturesWhoseNamesMeet_HaveStagesOfTheirOwn()
    {
        using GlueRig rig = new();
        Directory.Move(rig.Folder["zoo", "b-one"], rig.Folder["zoo", "bad"]);
        Directory.Move(rig.Folder["zoo", "b-two"], rig.Folder["zoo", "big"]);
        GlueRecipe recipe = rig.Recipe with
        {
            Mixtures = [new GlueMixture(GlueMixtureLevel.Block) { Name = "x", GateMode = GateMode.Random }, new GlueMixture(GlueMixtureLevel.Block) { Name = "X-A", GateMode = GateMode.Random }],
        };

        GlueResult result = await rig.Glue.RunAsync(recipe);
        GlueResult again = await rig.Glue.RunAsync(recipe);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Families.Select(family => family.Name), Is.EqualTo((string[])["a-bad", "bad"]));
            Assert.That(Directory.GetFiles(rig.Folder["out"], "mixture-*.json").Select(Path.GetFileName), Is.EquivalentTo((string[])["mixture-x-a-bad.json", "mixture-x-bad.json", "mixture-X-A-a-bad.json", "mixture-X-A-bad-2.json"]));
            Assert.That(again.StagesRun, Is.Zero);
        }
    }

    [Test]
    public void AnEvaluatorWithMoods_IsFoundOut()
    {
        using GlueRig rig = new();
        ModelGlue glue = new(rig.Services with { Proxy = new MoodyEvaluator(rig.Proxy) });

        Assert.That(() => glue.RunAsync(rig.Recipe), Throws.InstanceOf<GlueException>().With.Property(nameof(GlueException.Error)).EqualTo(GlueError.ScoreChanged));
    }

    [Test]
    public async Task AnEvaluatorThatWasMended_IsBelieved()
    {
        using GlueRig rig = new();
        bool isScoring = false;
        CallbackProgress progress = new(value => isScoring |= value.Stage is GlueStage.Score);
        ModelGlue moody = new(rig.Services with { Proxy = new MoodyEvaluator(rig.Proxy, () => isScoring) });
        Assert.That(() => moody.RunAsync(rig.Recipe, progress), Throws.InstanceOf<GlueException>().With.Message.Contains("'search-a-bad.journal'"));

        GlueResult result = await rig.Glue.RunAsync(rig.Recipe);

        Assert.That(result.Chosen.Kind, Is.EqualTo(GlueModelKind.Merged));
    }

    [Test]
    public async Task AnOutputOfOtherTasks_IsRefused()
    {
        using GlueRig rig = new();
        await rig.Glue.RunAsync(rig.Recipe);
        rig.HoldOut = GlueRig.Evaluator("another", [1, 2, 3, 4]);

        Assert.That(() => rig.Glue.RunAsync(rig.Recipe), Throws.InstanceOf<GlueException>().With.Property(nameof(GlueException.Error)).EqualTo(GlueError.OutputInUse));
    }

    [Test]
    public async Task AnotherRecipe_TakesWhatIsTheSame()
    {
        using GlueRig rig = new();
        await rig.Glue.RunAsync(rig.Recipe);

        GlueResult result = await rig.Glue.RunAsync(rig.Recipe with { Candidates = [] });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Evaluated, Is.Zero);
            Assert.That(result.StagesReused, Is.GreaterThanOrEqualTo(1));
            Assert.That(result.Models, Has.None.Matches<GlueModel>(model => model!.Kind is GlueModelKind.Candidate));
        }
    }

    private sealed class CallbackProgress(Action<GlueProgress> report) : IProgress<GlueProgress>
    {
        public void Report(GlueProgress value) => report(value);
    }
}
