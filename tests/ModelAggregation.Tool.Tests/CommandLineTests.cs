namespace ModelAggregation.Tool.Tests;

/// <summary>The tool as a user meets it: a process with arguments, two streams and an exit code.</summary>
public sealed class CommandLineTests : IDisposable
{
    private static readonly string Samples = ToolProcess.Samples;

    private readonly string _folder = Directory.CreateTempSubdirectory("command-line-").FullName;

    private string Output => Path.Combine(_folder, "merged");

    private static string Recipe(string name) => Path.Combine(Samples, "MergeModels", "recipes", name);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [TestCase("linear.yml")]
    [TestCase("ties.yml")]
    [TestCase("dare-ties.yml")]
    [TestCase("stack.yml")]
    [TestCase("two-stages.yml")]
    public void ARecipe_IsMergedIntoTheFolder(string recipe)
    {
        (int code, string output, string error) = Run(Recipe(recipe), Output, "--threads", "2", "--memory", "16MB", "--seed", "5");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.Zero, error);
            Assert.That(output, Does.Contain(Output));
            Assert.That(error, Is.Empty);
            Assert.That(File.Exists(Path.Combine(Output, "model.safetensors")));
            Assert.That(File.Exists(Path.Combine(Output, "config.json")));
        }
    }

    [Test]
    public void TheSeed_ChangesRandomMasks_AndNothingElseDoes()
    {
        byte[] first = Merge("first", "--seed", "5", "--threads", "1");
        byte[] same = Merge("same", "--seed", "5", "--threads", "3", "--memory", "2MB");
        byte[] other = Merge("other", "--seed", "6");

        Assert.That(same.AsSpan().SequenceEqual(first));
        Assert.That(other.AsSpan().SequenceEqual(first), Is.False);

        byte[] Merge(string name, params string[] options)
        {
            string folder = Path.Combine(_folder, name);
            Assert.That(Run([Recipe("dare-ties.yml"), folder, .. options]).Code, Is.Zero);
            return File.ReadAllBytes(Path.Combine(folder, "model.safetensors"));
        }
    }

    [Test]
    public void ExtractLora_WritesAnAdapter_AndSaysWhatItLeavesOut()
    {
        string models = Path.Combine(Samples, "models");
        (int code, string output, string error) = Run(
            "extract-lora", Path.Combine(models, "a-sort"), Path.Combine(models, "a-base"), Output, "--rank", "4", "--rank", "mlp.=2", "--skip-others");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.Zero, error);
            Assert.That(output, Does.Contain("model.layers.0.mlp.up_proj").And.Contain("rank    2").And.Contain("rank    4").And.Contain(Output));
            Assert.That(error, Does.Contain("'model.embed_tokens.weight' has changed and is left out"));
            Assert.That(File.Exists(Path.Combine(Output, "adapter_model.safetensors")));
            Assert.That(File.ReadAllText(Path.Combine(Output, "adapter_config.json")), Does.Contain("rank_pattern"));
        }
    }

    [TestCase("--rank", "0")]
    [TestCase("--rank", "q_proj=x")]
    [TestCase("--energy", "1.5")]
    [TestCase("--energy", "NaN")]
    [TestCase("--dtype", "int8")]
    public void ExtractLora_WithAWrongOption_SaysWhatIsAllowed(string option, string value)
    {
        (int code, _, string error) = Run("extract-lora", "tuned", "base", Output, option, value);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.EqualTo(1));
            Assert.That(error.Trim().Split('\n'), Has.Length.EqualTo(1));
            Assert.That(Directory.Exists(Output), Is.False);
        }
    }

    [Test]
    public void ThePlan_IsPrinted_AndNothingWritten()
    {
        (int code, string output, _) = Run(Recipe("ties.yml"), Output, "--plan");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.Zero);
            Assert.That(output, Does.Contain("model.layers.2.mlp.up_proj.weight").And.Contain("density=0.5").And.Contain("working memory at most"));
            Assert.That(Directory.Exists(Output), Is.False);
        }
    }

    [Test]
    public void Stages_AreKept_WhereTheUserSays_AndUsedAgain()
    {
        string stages = Path.Combine(_folder, "stages");
        (_, string first, _) = Run(Recipe("two-stages.yml"), Output, "--intermediate-dir", stages);
        (int code, string second, string error) = Run(Recipe("two-stages.yml"), Output, "--intermediate-dir", stages, "--overwrite");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(first, Does.Contain("Stage 'both': Merged 30 tensors").And.Contain(Path.Combine(stages, "both")));
            Assert.That(code, Is.Zero, error);
            Assert.That(second, Does.StartWith("Stage 'both': complete already").And.Contain($"into {Output}"));
            Assert.That(Directory.GetDirectories(_folder).Select(Path.GetFileName), Is.EquivalentTo((string[])["merged", "stages"]));
        }
    }

    [Test]
    public void Stages_MayStayInMemory()
    {
        (int code, string output, string error) = Run(Recipe("two-stages.yml"), Output, "--intermediate-memory", "10MB");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.Zero, error);
            Assert.That(output, Does.Contain("into memory"));
            Assert.That(Directory.GetDirectories(_folder).Select(Path.GetFileName), Is.EqualTo((string[])["merged"]));
        }
    }

    [Test]
    public void ThePlanOfStages_IsPrinted_AndNothingWritten()
    {
        (int code, string output, _) = Run(Recipe("two-stages.yml"), Output, "--plan");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.Zero);
            Assert.That(output, Does.Contain("stage 1 of 2, 'both'").And.Contain("both (base): 30 tensors in 3 layers").And.Contain("working memory at most"));
            Assert.That(Directory.GetFileSystemEntries(_folder), Is.Empty);
        }
    }

    [Test]
    public void AFolderThatIsNotEmpty_IsRefused_UnlessOverwritten()
    {
        Assert.That(Run(Recipe("linear.yml"), Output).Code, Is.Zero);

        AssertFails(Run(Recipe("linear.yml"), Output), "not empty");
        Assert.That(Run(Recipe("linear.yml"), Output, "--overwrite").Code, Is.Zero);
    }

    [Test]
    public void TheShardSize_CutsTheOutput()
    {
        Assert.That(Run(Recipe("linear.yml"), Output, "--shard-size", "100KB").Code, Is.Zero);
        Assert.That(Directory.GetFiles(Output, "model-*.safetensors"), Has.Length.GreaterThan(5));
    }

    [Test]
    public void AMisspeltMethod_IsNamed_WithTheNearest()
    {
        string recipe = Path.Combine(_folder, "recipe.yml");
        File.WriteAllText(recipe, $"merge_method: linaer\nmodels:\n  - model: {Samples}/models/a-add\n");
        AssertFails(Run(recipe, Output), "'linear'");
    }

    [Test]
    public void BrokenYaml_IsPlaced()
    {
        string recipe = Path.Combine(_folder, "recipe.yml");
        File.WriteAllText(recipe, "merge_method: linear\nmodels:\n  - modle: a\n");
        AssertFails(Run(recipe, Output), "recipe.yml(3,");
    }

    [TestCase(new string[0], "recipe")]
    [TestCase(new[] { "no-such-recipe.yml", "out" }, "no-such-recipe.yml")]
    [TestCase(new[] { "a.yml", "out", "--memory", "lots" }, "--memory")]
    [TestCase(new[] { "a.yml", "out", "--memory", "3" }, "--memory")]
    [TestCase(new[] { "a.yml", "out", "--threads", "0" }, "--threads")]
    [TestCase(new[] { "a.yml", "out", "--no-such-option" }, "--no-such-option")]
    public void AWrongCommandLine_IsRefusedWithOneMessage(string[] args, string names) => AssertFails(Run(args), names);

    private static void AssertFails((int Code, string Output, string Error) result, string names)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Code, Is.EqualTo(1));
            Assert.That(result.Error, Does.Contain(names));
            Assert.That(result.Error, Does.Not.Contain("   at "), "A stack trace is not a message.");
            Assert.That(result.Output, Is.Empty);
        }
    }

    private static (int Code, string Output, string Error) Run(params string[] args) => ToolProcess.Run(args);
}
