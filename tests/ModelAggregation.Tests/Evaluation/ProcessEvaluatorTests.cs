using ModelAggregation.Evaluation;
using ModelAggregation.Evaluation.Processes;
using ModelSdk.Testing;
using RunKit;

namespace ModelAggregation.Tests.Evaluation;

[Platform("Linux,MacOsX", Reason = "The processes are scripts of a shell.")]
public sealed class ProcessEvaluatorTests
{
    // As lm-evaluation-harness 0.4 writes it, with what else is in it left out.
    private const string Results = """
        {
          "results": {
            "arc_challenge": {"alias": "arc", "acc,none": 0.25, "acc_stderr,none": 0.05, "acc_norm,none": 0.5, "acc_norm_stderr,none": 0.0625},
            "gsm8k": {"alias": "gsm8k", "exact_match,strict-match": NaN, "what \"NaN\" is": [Infinity], "exact_match,get-answer": 0.125, "exact_match_stderr,get-answer": "N/A"}
          },
          "n-samples": {"arc_challenge": {"original": 100, "effective": 64}}
        }
        """;

    private static readonly HarnessTask[] Tasks = [HarnessTask.ModelGlue["arc_challenge"], HarnessTask.ModelGlue["gsm8k"]];

    [Test, CancelAfter(60_000)]
    public async Task Scores_AreThoseOfTheNewestResults(CancellationToken cancellationToken)
    {
        using TestFolder folder = new();
        string script = $"""
            mkdir -p "$2/model__x"; echo '{Results}' > "$2/model__x/results_2024-05-02T00-00-00.000001.json"
            echo '{"{}"}' > "$2/model__x/results_2024-05-01T23-59-59.999999.json"; echo "$3 $4" > {folder["seen"]}; ls "$1" >> {folder["seen"]}
            """;
        using TestModel model = new TestModel().Add("a", 1, 2);
        ProcessEvaluator evaluator = Evaluator(script, ["{model}", "{out}", "{tasks}", "{name}"], new ProcessEvaluatorOptions { TemporaryFolder = folder.Path });

        EvaluationResult result = await evaluator.EvaluateAsync(ModelCandidate.FromTensors("a name", model.ToSet()), cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Scores.Select(score => (score.Task.Name, score.Task.Metric, score.Value, score.StandardError, score.Count)), Is.EqualTo((IEnumerable<(string, string, double, double?, long)>)
            [
                ("arc_challenge", "acc_norm", 0.5, 0.0625, 64), ("gsm8k", "exact_match", 0.125, null, 0),
            ]));
            Assert.That(File.ReadAllLines(folder["seen"]), Is.EqualTo((string[])["arc_challenge,gsm8k a name", "model.safetensors"]));
            Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.EqualTo((string[])[folder["seen"]]), "the model and the results are deleted");
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task AFolder_IsEvaluatedWhereItIs_AndAnyOneJsonFileWillDo(CancellationToken cancellationToken)
    {
        using TestFolder folder = new();
        ProcessEvaluator evaluator = Evaluator(
            $"echo \"$1\" > {folder["seen"]}; echo '{{\"mbpp\": {{\"pass@1\": 0.75}}, \"config\": {{}}}}' > \"$2/scores.json\"",
            ["{model}", "{out}"],
            null,
            [HarnessTask.ModelGlue["mbpp"] with { Info = new TaskInfo("code", "pass@1"), Name = "mbpp" }]);

        EvaluationResult result = await evaluator.EvaluateAsync(ModelCandidate.FromFolder(folder["zoo"]), cancellationToken);

        Assert.That((result["code"].Value, File.ReadAllText(folder["seen"])), Is.EqualTo((0.75, folder["zoo"] + "\n")));
    }

    [TestCase("echo 'out of memory' >&2; exit 3", EvaluationError.Failed, null, "out of memory")]
    [TestCase("true", EvaluationError.ScoreMissing, null, "There are none")]
    [TestCase("echo 1 > \"$2/a.json\"; echo 1 > \"$2/b.json\"", EvaluationError.ScoreMissing, null, "There are 'a.json', 'b.json'")]
    [TestCase("echo '{\"results\": {\"arc\": {}}}' > \"$2/results.json\"", EvaluationError.ScoreMissing, "arc_challenge", "It has 'arc'")]
    [TestCase("echo '{\"results\": {\"arc_challenge\": {\"acc,none\": 1}}}' > \"$2/results.json\"", EvaluationError.ScoreMissing, "arc_challenge", "There are 'acc,none'")]
    [TestCase("echo '{\"results\": {\"arc_challenge\": {\"acc_norm,none\": \"N/A\"}}}' > \"$2/results.json\"", EvaluationError.NotFinite, "arc_challenge", "\"N/A\"")]
    [TestCase("echo '{\"results\": {\"arc_challenge\": {\"acc_norm,none\": 50}}}' > \"$2/results.json\"", EvaluationError.OutOfRange, "arc_challenge", "[0, 1]")]
    [TestCase("echo '{\"results\": {\"arc_challenge\": {\"acc_norm,none\": NaN}}}' > \"$2/results.json\"", EvaluationError.NotFinite, "arc_challenge", "a score is a number")]
    [TestCase("echo '{\"results\": {\"arc_challenge\": {\"acc_norm,none\": -Infinity}}}' > \"$2/results.json\"", EvaluationError.NotFinite, "arc_challenge", "a score is a number")]
    [TestCase("echo '{\"results\": NaN0}' > \"$2/results.json\"", EvaluationError.AnswerInvalid, null, "no results of a harness")]
    [TestCase("echo '[]' > \"$2/results.json\"", EvaluationError.AnswerInvalid, null, "no object")]
    [CancelAfter(60_000)]
    public async Task WhatGivesNoScore_IsAFailure(string script, EvaluationError expected, string? task, string message, CancellationToken cancellationToken)
    {
        using TestFolder folder = new();
        ProcessEvaluator evaluator = Evaluator(script, ["{model}", "{out}"]);

        EvaluationException error = (await Assert.ThrowsAsync<EvaluationException>(async () => await evaluator.EvaluateAsync(ModelCandidate.FromFolder(folder.Path, "m"), cancellationToken)))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That((error.Error, error.Candidate, error.Task), Is.EqualTo((expected, "m", task)));
            Assert.That(error.Message, Does.Contain(message).And.Contain("'m'"));
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task AProcessThatTakesTooLong_IsKilled(CancellationToken cancellationToken)
    {
        ManualTime time = new();
        ProcessEvaluator evaluator = Evaluator("sleep 1000", ["{model}", "{out}"], new ProcessEvaluatorOptions { TimeOut = TimeSpan.FromSeconds(1), Time = time });
        Task<EvaluationResult> result = evaluator.EvaluateAsync(ModelCandidate.FromFolder("m"), cancellationToken).AsTask();
        while (!result.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.That((await Assert.ThrowsAsync<EvaluationException>(() => result))!.Error, Is.EqualTo(EvaluationError.TimedOut));
    }

    [Test, CancelAfter(60_000)]
    public async Task AProcessThatFails_IsStartedAgain_WithAFolderOfItsOwn(CancellationToken cancellationToken)
    {
        using TestFolder folder = new();
        string script = $"echo x >> {folder["starts"]}; ls \"$2\" >> {folder["left"]}; echo '{Results}' > \"$2/results.json\"; test $(wc -l < {folder["starts"]}) -ge 3";

        EvaluationResult result = await Evaluator(script, ["{model}", "{out}"], new ProcessEvaluatorOptions { Retries = 2 }).EvaluateAsync(ModelCandidate.FromFolder("m"), cancellationToken);

        Assert.That((result.Merit, File.ReadAllLines(folder["starts"]).Length, File.ReadAllText(folder["left"])), Is.EqualTo(((0.5 + 0.125) / 2, 3, string.Empty)));
    }

    [Test, CancelAfter(60_000)]
    public async Task ATask_IsTakenFromTheNewestResultsThatHaveIt(CancellationToken cancellationToken)
    {
        const string Script = """
            echo '{"results": {"arc_challenge": {"acc_norm,none": 0.25}, "gsm8k": {"exact_match,get-answer": 0.5}}, "n-samples": {"gsm8k": {"effective": 8}}}' > "$2/results_2024-05-01T00-00-00.json"
            echo '{"results": {"arc_challenge": {"acc_norm,none": 0.75}}, "n-samples": {"arc_challenge": {"effective": 4}}}' > "$2/results_2024-05-02T00-00-00.json"
            """;

        EvaluationResult result = await Evaluator(Script, ["{model}", "{out}"]).EvaluateAsync(ModelCandidate.FromFolder("m"), cancellationToken);

        Assert.That(result.Scores.Select(score => (score.Value, score.Count)), Is.EqualTo(((double, long)[])[(0.75, 4), (0.5, 8)]));
    }

    [Test, CancelAfter(60_000)]
    public async Task AFolderThatCannotBeCleaned_DoesNotHideTheFailure(CancellationToken cancellationToken)
    {
        ProcessEvaluator evaluator = Evaluator("rm -r \"$(dirname \"$2\")\"; echo 'out of memory' >&2; exit 3", ["{model}", "{out}"]);

        EvaluationException error = (await Assert.ThrowsAsync<EvaluationException>(async () => await evaluator.EvaluateAsync(ModelCandidate.FromFolder("m"), cancellationToken)))!;

        Assert.That(error.Message, Does.Contain("out of memory"));
    }

    [Test]
    public void TheEnvironment_AndTheWorkingFolder_TellEvaluatorsApart()
    {
        string[] ids =
        [
            .. new ProcessEvaluatorOptions[]
            {
                new(), new() { WorkingFolder = "a" }, new() { WorkingFolder = "b" }, new() { Environment = Variables(("A", "1")) }, new() { Environment = Variables(("A", "2")) },
                new() { Environment = Variables(("A", null)) }, new() { Environment = Variables(("A", "1"), ("B", "2")) },
            }.Select(Id),
        ];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(ids, Is.Unique);
            Assert.That(Id(new ProcessEvaluatorOptions { Environment = Variables(("B", "2"), ("A", "1")) }), Is.EqualTo(ids[^1]));
        }

        static string Id(ProcessEvaluatorOptions options) => Evaluator("true", ["{model}", "{out}"], options).Id;
        static Dictionary<string, string?> Variables(params (string Name, string? Value)[] variables) => variables.ToDictionary(variable => variable.Name, variable => variable.Value, StringComparer.Ordinal);
    }

    [Test, CancelAfter(60_000)]
    public async Task TheSeed_IsToldToTheProcess_AndTellsEvaluatorsApart(CancellationToken cancellationToken)
    {
        const string Script = "echo \"{\\\"mbpp\\\": {\\\"pass@1\\\": 0.$3}}\" > \"$2/scores.json\"";
        RepeatedEvaluator evaluator = new(seed => Evaluator(Script, ["{model}", "{out}", "{seed}"], new ProcessEvaluatorOptions { Seed = seed }, [HarnessTask.ModelGlue["mbpp"]]), 25, 75);

        EvaluationResult result = await evaluator.EvaluateAsync(ModelCandidate.FromFolder("m"), cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Merit, Is.EqualTo(0.5));
            Assert.That(() => new RepeatedEvaluator(seed => Evaluator(Script, ["{model}", "{out}"], new ProcessEvaluatorOptions { Seed = seed }), 1, 2), Throws.ArgumentException.With.Message.Contains("does not take its seed"));
        }
    }

    [Test]
    public void Commands_NeedTheirPlaces()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new ProcessEvaluator(CommandTemplate.Parse("lm_eval {model}"), Tasks), Throws.ArgumentException.With.Message.Contains("{out}"));
            Assert.That(() => new ProcessEvaluator(CommandTemplate.Parse("lm_eval {out}"), Tasks), Throws.ArgumentException.With.Message.Contains("{model}"));
            Assert.That(() => new ProcessEvaluator(CommandTemplate.Parse("lm_eval {out} {model} {shots}"), Tasks), Throws.ArgumentException.With.Message.Contains("{shots}"));
            Assert.That(() => new ProcessEvaluator(CommandTemplate.Parse("lm_eval {out} {model}"), [Tasks[0], Tasks[0]]), Throws.ArgumentException);
            Assert.That(new ProcessEvaluator(CommandTemplate.Parse("lm_eval {out} {model}"), Tasks).Id, Is.Not.EqualTo(new ProcessEvaluator(CommandTemplate.Parse("lm_eval {out} -n 5 {model}"), Tasks).Id));
        }
    }

    private static ProcessEvaluator Evaluator(string script, string[] places, ProcessEvaluatorOptions? options = null, HarnessTask[]? tasks = null) =>
        new(new CommandTemplate(["sh", "-c", script.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal), "sh", .. places]), tasks ?? Tasks, options);
}
