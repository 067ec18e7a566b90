namespace ModelAggregation.Tool.Tests;

/// <summary>The verb <c>glue</c>, each as a process.</summary>
public sealed class GlueVerbTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("glue-").FullName;

    private string Recipe => Path.Combine(_folder, "glue.yml");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Glue_Plans_Runs_GoesOn_AndVerifies()
    {
        string models = Path.Combine(ToolProcess.Samples, "models").Replace('\\', '/');
        File.WriteAllText(Recipe, $"""
            zoo:
              folder: "{models}"
              models: [a-add, a-base, a-sort]
            search:
              strategies: [average]
              base: a-base
            evaluation:
              tasks:
                - name: add
                  type: exact_match
                  file: "{models}/eval/add.jsonl"
                  limit: 5
                  max_tokens: 8
                  must_end: true
            output: out
            """);

        (int planned, string plan, string problem) = ToolProcess.Run("glue", Recipe, "--plan", "--characters");
        bool isThere = Directory.Exists(Path.Combine(_folder, "out"));
        (int code, string output, string error) = ToolProcess.Run("glue", Recipe, "--characters");
        (int again, string repeated, _) = ToolProcess.Run("glue", Recipe, "--characters");
        (int verified, string verification, string mismatch) = ToolProcess.Run("glue", Recipe, "--characters", "--verify");
        File.AppendAllText(Path.Combine(_folder, "out", "report.html"), " ");
        (int refused, _, string found) = ToolProcess.Run("glue", Recipe, "--characters", "--verify");

        using (Assert.EnterMultipleScope())
        {
            Assert.That((planned, isThere), Is.EqualTo((0, false)), problem);
            Assert.That(plan, Does.Contain("3 models of 1 architecture").And.Contain("1. cluster").And.Contain("evaluations"));
            Assert.That(code, Is.Zero, error);
            Assert.That(output, Does.Contain("a-add").And.Contain("report.html"));
            Assert.That(again, Is.Zero);
            Assert.That(repeated, Does.Contain("0 evaluations, 0 stages carried out"));
            Assert.That(verified, Is.Zero, mismatch);
            Assert.That(verification, Does.Contain("are as recorded"));
            Assert.That(refused, Is.EqualTo(1));
            Assert.That(found, Does.Contain("report.html: recorded is"));
        }
    }

    [Test]
    public void Glue_TellsEveryProblem()
    {
        File.WriteAllText(Recipe, "zoo: nowhere\nsearch: {merge_method: linaer}\noutput: out\n");
        (int code, _, string error) = ToolProcess.Run("glue", Recipe);
        File.WriteAllText(Recipe, "zoo: nowhere\noutptu: out\n");
        (int mistyped, _, string place) = ToolProcess.Run("glue", Recipe);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((code, mistyped), Is.EqualTo((1, 1)));
            Assert.That(error, Does.Contain("3 problems").And.Contain("nowhere").And.Contain("linear").And.Contain("nothing to select by"));
            Assert.That(place, Does.Contain("glue.yml(2,1)").And.Contain("output"));
        }
    }
}
