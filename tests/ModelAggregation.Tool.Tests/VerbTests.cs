using System.Text.Json.Nodes;

namespace ModelAggregation.Tool.Tests;

/// <summary>The verbs beside merging, each as a process.</summary>
public sealed class VerbTests : IDisposable
{
    private static readonly string Base = Path.Combine(ToolProcess.Samples, "models", "a-base");
    private static readonly string Sort = Path.Combine(ToolProcess.Samples, "models", "a-sort");

    private readonly string _folder = Directory.CreateTempSubdirectory("verbs-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Plan_PrintsTensorsSizeAndMemory()
    {
        string recipe = Path.Combine(ToolProcess.Samples, "MergeModels", "recipes", "ties.yml");
        (int code, string output, string error) = ToolProcess.Run("plan", recipe, "--tensors", "3");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.Zero, error);
            Assert.That(output, Does.StartWith("ties: 30 tensors in 3 layers").And.Contain("writes 658.75 kB").And.Contain("and 27 more tensors").And.Contain("working memory at most"));
        }
    }

    [Test]
    public void Plan_ReportsEveryProblem()
    {
        string recipe = Path.Combine(_folder, "recipe.yml");
        File.WriteAllText(recipe, $"merge_method: linear\nmodels:\n  - model: {Base}\n    parameters: {{ wieght: 1 }}\n  - model: no/such-model\n");

        AssertFails(ToolProcess.Run("plan", recipe), "'wieght'", "no/such-model");
    }

    [Test]
    public void Stack_PlansAndWrites_OrSaysWhatDoesNotFit()
    {
        string recipe = Path.Combine(_folder, "stack.yml");
        File.WriteAllText(recipe, $"models:\n- {Base}\n- {Sort}\nmethod: interleave\n");
        string output = Path.Combine(_folder, "deep");
        (int planned, string plan, _) = ToolProcess.Run("stack", recipe, "--plan");
        (int code, string text, string error) = ToolProcess.Run("stack", recipe, output);
        File.WriteAllText(recipe, $"models: [{Base}]\n");

        using (Assert.EnterMultipleScope())
        {
            Assert.That((planned, code), Is.EqualTo((0, 0)), error);
            Assert.That(plan, Does.Contain("57 tensors in 6 layers").And.Contain("1: layer 0 of"));
            Assert.That(text, Does.StartWith("Stacked 6 layers, 57 tensors"));
            Assert.That(File.Exists(Path.Combine(output, "model.safetensors")), Is.True);
            AssertFails(ToolProcess.Run("stack", recipe, output), "stack.yml(1,", "at least two");
            AssertFails(ToolProcess.Run("stack", recipe), "--plan");
        }
    }

    [Test]
    public void Inspect_ListsTensorsOfShards_AndTotals()
    {
        (int code, string output, string error) = ToolProcess.Run("inspect", Sort);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.Zero, error);
            Assert.That(output, Does.Contain("2 files").And.Contain("num_hidden_layers 3").And.Contain("model.layers.2.mlp.up_proj.weight").And.Contain("No element is NaN or infinite."));
            Assert.That(output, Does.Match(@"(?m)^all +30 +329,376 +659 kB$"));
        }
    }

    [Test]
    public void Inspect_AsJson_ReadsAnAdapterAndAFile([Values] bool headers)
    {
        string adapter = Directory.CreateDirectory(Path.Combine(_folder, "adapter")).FullName;
        File.Copy(Path.Combine(Base, "model.safetensors"), Path.Combine(adapter, "adapter_model.safetensors"));
        File.WriteAllText(Path.Combine(adapter, "adapter_config.json"), """{"peft_type": "LORA", "r": 8}""");

        JsonNode folder = Json(["inspect", adapter, "--json", .. headers ? ["--headers"] : Array.Empty<string>()]);
        JsonNode file = Json(["inspect", Path.Combine(Base, "model.safetensors"), "--json"]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(folder["adapter_config"]!["r"]!.GetValue<int>(), Is.EqualTo(8));
            Assert.That(folder["parameters"]!.GetValue<long>(), Is.EqualTo(329_376));
            Assert.That(folder["non_finite"]?.GetValue<long>(), Is.EqualTo(headers ? null : 0L));
            Assert.That(file["adapter_config"], Is.Null);
            Assert.That(file["tensors"]!.AsArray(), Has.Count.EqualTo(30));
        }
    }

    [Test]
    public void Inspect_FindsAModelInTheHubCache()
    {
        string snapshot = Path.Combine(_folder, "models--org--name", "snapshots", "0123abc");
        Directory.CreateDirectory(snapshot);
        File.Copy(Path.Combine(Base, "model.safetensors"), Path.Combine(snapshot, "model.safetensors"));
        (int code, string output, string error) = ToolProcess.Run(["inspect", "org/name", "--headers"], ("HF_HUB_CACHE", _folder));

        Assert.That(code, Is.Zero, error);
        Assert.That(output, Does.Contain(snapshot));
    }

    [Test]
    public void Diff_OfAModelAndItself_IsEqual()
    {
        (int code, string output, string error) = ToolProcess.Run("diff", Base, Base);
        Assert.That((code, output), Is.EqualTo((0, $"equal: 30 tensors, 329,376 elements{Environment.NewLine}")), error);
    }

    [Test]
    public void Diff_PutsTheLargestRelativeDistanceFirst()
    {
        (int code, string output, string error) = ToolProcess.Run("diff", Base, Sort);
        double[] distances = [.. Json(["diff", Base, Sort, "--json"])["tensors"]!.AsArray().Select(tensor => tensor!["relative_distance"]!.GetValue<double>())];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.Zero, error);
            Assert.That(output, Does.Contain("changed elements").And.Contain("30 of 30 compared tensors changed"));
            Assert.That(distances, Has.Length.EqualTo(30).And.Ordered.Descending);
            Assert.That(distances[0], Is.GreaterThan(0));
        }
    }

    [TestCase("plan")]
    [TestCase("inspect")]
    [TestCase("diff", "only-one")]
    [TestCase("inspect", "a", "--memory", "3")]
    [TestCase("inspect", "a", "--threads", "0")]
    [TestCase("diff", "a", "b", "--no-such-option")]
    public void AWrongCommandLine_IsRefusedWithOneMessage(params string[] args) => AssertFails(ToolProcess.Run(args), "--help");

    [Test]
    public void AModelThatIsNotThere_IsNamed([Values("inspect", "diff")] string verb) =>
        AssertFails(ToolProcess.Run(verb is "diff" ? [verb, Base, "no/such-model"] : [verb, "no/such-model"]), "no/such-model");

    private static JsonNode Json(string[] args)
    {
        (int code, string output, string error) = ToolProcess.Run(args);
        Assert.That(code, Is.Zero, error);
        return JsonNode.Parse(output)!;
    }

    private static void AssertFails((int Code, string Output, string Error) result, params string[] names)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Code, Is.EqualTo(1));
            Assert.That(names.Where(name => !result.Error.Contains(name, StringComparison.Ordinal)), Is.Empty, result.Error);
            Assert.That(result.Error, Does.Not.Contain("   at "), "A stack trace is not a message.");
            Assert.That(result.Output, Is.Empty);
        }
    }
}
