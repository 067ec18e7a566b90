using ModelAggregation.Evaluation;
using ModelAggregation.Evaluation.Processes;
using ModelAggregation.Glue;
using ModelAggregation.Merging.Recipes;
using ModelAggregation.Mixture;
using ModelAggregation.Tests.Evaluation;
using ModelAggregation.Tests.Search;
using ModelTensors;

namespace ModelAggregation.Tests.Glue;

public sealed class GluePlanTests
{
    [Test]
    public async Task ThePlan_BoundsWhatTheRunTakes()
    {
        using GlueRig rig = new();

        GluePlan plan = rig.Glue.Plan(rig.Recipe);
        GlueResult result = await rig.Glue.RunAsync(rig.Recipe);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(plan.Architectures, Has.Count.EqualTo(1));
            Assert.That(plan.MostEvaluations, Is.GreaterThanOrEqualTo(result.Evaluated));
            Assert.That(plan.MostOutputBytes, Is.GreaterThanOrEqualTo(new FileInfo(rig.Folder["out", "merged", "a-bad", "model.safetensors"]).Length - 200));
            Assert.That(plan.PeakMemoryBytes, Is.Positive);
            Assert.That(plan.Describe(), Does.Contain("a-base").And.Contain("average, coefficient").And.Contain("at most"));
            Assert.That(plan.Folder, Is.EqualTo(rig.Folder["out"]));
        }
    }

    [Test]
    public void EveryProblem_IsToldAtOnce()
    {
        using GlueRig rig = new();
        File.WriteAllText(rig.Folder["zoo", "note.txt"], "something");
        GlueRecipe recipe = rig.Recipe with
        {
            Zoo = new GlueZoo { Folder = "zoo", Models = ["a-base", "a-oen"] },
            Search = rig.Recipe.Search with { Bases = [], Method = "linaer" },
            Mixtures = [new GlueMixture(GlueMixtureLevel.FeedForward), new GlueMixture(GlueMixtureLevel.FeedForward) { Pooling = RouterPooling.First }],
            Evaluation = new GlueEvaluation { Tasks = [new GlueTask("sums", GlueTaskKind.ExactMatch) { File = "nowhere.jsonl" }] },
            Output = "zoo",
        };

        GlueException error = Assert.Throws<GlueException>(() => new ModelGlue().Plan(recipe))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Error, Is.EqualTo(GlueError.Recipe));
            Assert.That(error.Problems, Has.Some.Contain("is in the zoo's"));
            Assert.That(error.Problems, Has.Some.Contain("is not empty"));
            Assert.That(error.Problems, Has.Some.Contain("'a-oen'").And.Some.Contain("a-one"));
            Assert.That(error.Problems, Has.Some.Contain("'linaer'").And.Some.Contain("linear"));
            Assert.That(error.Problems, Has.Some.Contain("needs a base"));
            Assert.That(error.Problems, Has.Some.Contain("nowhere.jsonl"));
            Assert.That(error.Problems, Has.Some.Contain("engine of the host"));
            Assert.That(error.Problems, Has.Some.Contain("'ffn' is given twice"));
            Assert.That(error.Problems, Has.Some.Contain("hidden states"));
            Assert.That(error.Problems, Has.Some.Contain("first token's states"));
        }
    }

    [Test]
    public void AParameterThatAMethodDoesNotHave_IsFoundBeforeTheRun()
    {
        using GlueRig rig = new();
        GlueRecipe recipe = rig.Recipe with { Candidates = [new GlueCandidate("task_arithmetic") { Parameters = ParameterSet.Empty.With("lamda", 1) }] };

        Assert.That(() => rig.Glue.Plan(recipe), Throws.InstanceOf<GlueException>().With.Message.Contains("lamda"));
    }

    [Test]
    public void SharedExamples_AreRefused()
    {
        using GlueRig rig = new();
        rig.HoldOut = new TargetEvaluator(1, 1, 1, 1) { Id = "other", Tasks = rig.Proxy.Tasks };

        Assert.That(() => rig.Glue.Plan(rig.Recipe), Throws.InstanceOf<GlueException>().With.Message.Contains("divide the examples"));
    }

    [Test]
    public void ASetWithoutMerit_IsRefused([Values] bool selects)
    {
        using GlueRig rig = new();
        TaskInfo[] weightless = [(selects ? rig.Proxy : rig.HoldOut).Tasks[0] with { Weight = 0 }];
        TargetEvaluator evaluator = new(1, 1, 1, 1) { Id = "weightless", Tasks = weightless };
        (rig.Proxy, rig.HoldOut) = selects ? (evaluator, rig.HoldOut) : (rig.Proxy, evaluator);

        Assert.That(() => rig.Glue.Plan(rig.Recipe), Throws.InstanceOf<GlueException>().With.Message.Contains(selects ? "what selects" : "what reports"));
    }

    [Test]
    public void AHarnessTask_ThatSelectsAndReports_IsRefused()
    {
        using GlueRig rig = new();
        HarnessTask shared = HarnessTask.OfHarness("gsm8k", "exact_match,get-answer");
        GlueRecipe recipe = rig.Recipe with
        {
            Evaluation = new GlueEvaluation { Process = new GlueProcess("harness {model} {out} {tasks}") { Proxy = [shared, HarnessTask.OfHarness("mmlu", "acc,none")], HoldOut = [shared] } },
        };

        Assert.That(() => new ModelGlue().Plan(recipe), Throws.InstanceOf<GlueException>().With.Message.Contains("'gsm8k' selects and reports"));
    }

    [Test]
    public async Task ASingleInAnotherType_IsCountedAsWritten()
    {
        using GlueRig rig = new();
        GlueRecipe recipe = rig.Recipe with { Zoo = new GlueZoo { Folder = "zoo", Models = ["a-one"] }, Search = rig.Recipe.Search with { Bases = [] }, Candidates = [], OutputDataType = DataType.BF16 };

        GluePlan plan = rig.Glue.Plan(recipe);
        GlueResult result = await rig.Glue.RunAsync(recipe);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Families[0].Folder, Is.EqualTo("merged/a-one"));
            Assert.That(plan.MostOutputBytes, Is.EqualTo(4 * DataType.BF16.Size));
            Assert.That(plan.MostEvaluations, Is.GreaterThanOrEqualTo(result.Evaluated));
        }
    }

    [Test]
    public void NothingToSelectBy_IsAProblem()
    {
        using GlueRig rig = new();

        Assert.That(() => new ModelGlue().Plan(rig.Recipe), Throws.InstanceOf<GlueException>().With.Message.Contains("nothing to select by"));
        Assert.That(() => new ModelGlue(new GlueServices { Proxy = rig.Proxy }).Plan(rig.Recipe), Throws.InstanceOf<GlueException>().With.Message.Contains("both of them"));
    }

    [Test]
    public void ExamplesThatAreAskedTwice_StayInOneHalf()
    {
        using GlueRig rig = new();
        File.WriteAllLines(rig.Folder["sums.jsonl"], Enumerable.Range(0, 40).Select(i => $"{{\"prompt\": \"{i % 10}+1=\", \"answer\": \"{(i % 10) + 1}\"}}"));
        GlueRecipe recipe = rig.Recipe with { Evaluation = new GlueEvaluation { Tasks = [new GlueTask("sums", GlueTaskKind.ExactMatch) { File = "sums.jsonl" }] } };
        GlueServices services = new() { Models = new DelegateLanguageModelFactory("scripted", (candidate, _) => ValueTask.FromResult<ILanguageModel>(new VectorModel(candidate))) };

        Assert.That(() => new ModelGlue(services).Plan(recipe), Throws.Nothing);
        Assert.That(() => new ModelGlue(services).Plan(recipe with { Evaluation = new GlueEvaluation { Tasks = [new GlueTask("sums", GlueTaskKind.ExactMatch) { Proxy = "sums.jsonl", HoldOut = "sums.jsonl" }] } }), Throws.InstanceOf<GlueException>().With.Message.Contains("divide the examples"));
    }

    [Test, Platform("Linux,MacOsX", Reason = "The process is a script of a shell.")]
    public async Task AProcess_SelectsByOneTask_AndReportsOnAnother()
    {
        using GlueRig rig = new();

        // The size of a model's file is no skill, but it is a number; all are equally large.
        File.WriteAllText(rig.Folder["score.sh"], "echo \"{\\\"results\\\": {\\\"$3\\\": {\\\"acc,none\\\": 0.5}}}\" > $2/results.json");
        GlueRecipe recipe = rig.Recipe with
        {
            Evaluation = new GlueEvaluation
            {
                Process = new GlueProcess("/bin/sh score.sh {model} {out} {tasks}") { Proxy = [HarnessTask.OfHarness("near", "acc,none")], HoldOut = [HarnessTask.OfHarness("far", "acc,none")] },
            },
        };

        GlueResult result = await new ModelGlue().RunAsync(recipe);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Chosen.Proxy.Scores[0].Task.Name, Is.EqualTo("near"));
            Assert.That(result.Chosen.HoldOut.Scores[0].Task.Name, Is.EqualTo("far"));
            Assert.That(result.Gain, Is.Null);
            Assert.That((await new ModelGlue().VerifyAsync(result.Folder)).IsVerified);
        }
    }

    [Test]
    public async Task AnEndpoint_IsAskedForEachModel_ByItsFolder()
    {
        using GlueRig rig = new();
        using CompletionServer server = new(new CharacterModel(3));
        using HttpClient client = new();
        File.WriteAllLines(rig.Folder["sums.jsonl"], Enumerable.Range(0, 4).Select(i => $"{{\"prompt\": \"{i}+{i}=\", \"answer\": \"{2 * i}\"}}"));
        GlueRecipe recipe = rig.Recipe with
        {
            Candidates = [],
            Search = new GlueSearch { Strategies = ["average"] },
            Evaluation = new GlueEvaluation
            {
                Tasks = [new GlueTask("sums", GlueTaskKind.ExactMatch) { File = "sums.jsonl" }],
                Endpoint = new GlueEndpoint(server.Endpoint) { ModelFolder = "lent" },
            },
        };

        GlueResult result = await new ModelGlue(new GlueServices { Http = client }).RunAsync(recipe);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(server.Requests.Select(request => request.Body["model"]!.GetValue<string>()), Has.All.StartWith(rig.Folder.Path));
            Assert.That(server.Requests, Has.Count.GreaterThanOrEqualTo(result.Evaluated));
            Assert.That(Directory.GetFileSystemEntries(rig.Folder["lent"]), Is.Empty, "what was lent is removed");
        }
    }

    [Test]
    public async Task BuiltInTasks_RunInTheHostsEngine()
    {
        using GlueRig rig = new();
        File.WriteAllLines(rig.Folder["sums.jsonl"], Enumerable.Range(0, 10).Select(i => $"{{\"prompt\": \"{i}+{i}=\", \"answer\": \"{2 * i}\"}}"));
        GlueRecipe recipe = rig.Recipe with
        {
            Evaluation = new GlueEvaluation
            {
                Tasks = [new GlueTask("sums", GlueTaskKind.ExactMatch) { File = "sums.jsonl", Split = 0.4 }, new GlueTask("loss", GlueTaskKind.AnswerLoss) { File = "sums.jsonl", Split = 0.4, Weight = 0 }],
            },
        };
        GlueServices services = new() { Models = new DelegateLanguageModelFactory("scripted", (candidate, _) => ValueTask.FromResult<ILanguageModel>(new VectorModel(candidate))) };

        GlueResult result = await new ModelGlue(services).RunAsync(recipe);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Chosen.Proxy["sums"].Count, Is.EqualTo(4));
            Assert.That(result.Chosen.HoldOut["sums"].Count, Is.EqualTo(6));
            Assert.That(result.Chosen.HoldOut["loss"].Outcomes.Select(outcome => outcome.Example), Is.EqualTo(result.Chosen.HoldOut["sums"].Outcomes.Select(outcome => outcome.Example)));
            Assert.That((await new ModelGlue(services).VerifyAsync(result.Folder)).IsVerified);
        }
    }
}
