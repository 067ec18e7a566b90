using System.Text.Json.Nodes;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Checkpoints;
using ModelTensors.Devices.Cpu;

namespace ModelAggregation.Tests.Merging;

/// <summary>Adapters in the references of recipes, through planning and engine.</summary>
public sealed class AdapterReferenceTests
{
    [Test]
    public void Merge_OfModelPlusAdapter_FoldsItBeforeTheMerge_AndRoundsOnce()
    {
        using TestFolder folder = new();
        Write(folder, factor: 0.001f);
        // 1.0 + 0.001 would round to 1.0 in bf16 (steps of 1/128); eight times the difference does not.
        MergeRecipe recipe = MergeRecipe.With("task_arithmetic").Base(folder["base"]).Model($"{folder["base"]}+{folder["adapter"]}", weight: 8).Build();
        new ModelMerger().Merge(recipe, folder["out"]);
        using Checkpoint output = Checkpoint.Open(folder["out"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(TensorBytes.Singles(output, "layer.weight"), Is.EqualTo([1.0078125f, 2]));
            Assert.That(output.TryGet("layer.weight", out TensorSource? source) ? source.DataType : default, Is.EqualTo(DataType.BF16));
        }
    }

    [Test]
    public void Plan_OfAdaptersThatDoNotFit_ReportsEveryModule_BesideOtherProblems()
    {
        using TestFolder folder = new();
        Write(folder, factor: 1);
        using (LoraAdapterWriter writer = new())
        {
            writer.Add("missing", LoraModuleKind.Linear, Ones(1, 2), Ones(1, 1));
            writer.Add("layer", LoraModuleKind.Linear, Ones(1, 9), Ones(1, 1));
            Save(writer, folder["wrong"]);
        }

        MergeRecipe recipe = MergeRecipe.With("linear").Model($"{folder["base"]}+{folder["wrong"]}", weight: 1).Model($"{folder["base"]}+{folder["none"]}", weight: 1).Build();
        MergePlanException error = Assert.Throws<MergePlanException>(() => new ModelMerger().Plan(recipe))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Problems.Count(problem => problem.Kind == PlanProblemKind.Adapter), Is.EqualTo(2), error.Message);
            Assert.That(error.Problems.Count(problem => problem.Kind == PlanProblemKind.ModelNotFound), Is.EqualTo(1), error.Message);
        }
    }

    [Test]
    public void PlanHash_FollowsTheAdapter_NotItsPlace()
    {
        using TestFolder folder = new();
        Write(folder, factor: 1);
        TestFolderCopy(folder["adapter"], folder["elsewhere", "adapter"]);
        string hash = Hash(folder["base"], folder["adapter"]);
        Assert.That(Hash(folder["base"], folder["elsewhere", "adapter"]), Is.EqualTo(hash));

        JsonObject config = JsonNode.Parse(File.ReadAllText(folder["adapter", "adapter_config.json"]))!.AsObject();
        config["lora_alpha"] = 3;
        File.WriteAllText(folder["adapter", "adapter_config.json"], config.ToJsonString());
        Assert.That(Hash(folder["base"], folder["adapter"]), Is.Not.EqualTo(hash));
    }

    [Test]
    public void ModelCard_NamesTheAdaptersFiles_WithTheirHashes()
    {
        using TestFolder folder = new();
        Write(folder, factor: 1);
        MergeRecipe recipe = MergeRecipe.With("passthrough").Model($"{folder["base"]}+{folder["adapter"]}").Build();
        new ModelMerger().Merge(recipe, folder["out"], new MergeOptions { HashInputs = true });
        string card = File.ReadAllText(folder["out", "README.md"]);
        Assert.That(card, Does.Contain("\"base+adapter\" | adapter_model.safetensors").And.Contain("\"base+adapter\" | adapter_config.json"));
    }

    [Test]
    public void Merge_IntoTheAdaptersFolder_IsRefused()
    {
        using TestFolder folder = new();
        Write(folder, factor: 1);
        MergeRecipe recipe = MergeRecipe.With("passthrough").Model($"{folder["base"]}+{folder["adapter"]}").Build();
        MergeDataException error = Assert.Throws<MergeDataException>(() => new ModelMerger().Merge(recipe, folder["adapter"], new MergeOptions { Overwrite = true }))!;
        Assert.That(error.Error, Is.EqualTo(MergeDataError.OutputIsInput));
        Assert.That(File.Exists(folder["adapter", "adapter_model.safetensors"]));
    }

    [Test]
    public void Merge_WhenTheAdapterChangesMeanwhile_WritesNothing()
    {
        using TestFolder folder = new();
        Write(folder, factor: 1);
        ModelMerger merger = new();
        using MergePlan plan = merger.Plan(MergeRecipe.With("passthrough").Model($"{folder["base"]}+{folder["adapter"]}").Build());
        File.AppendAllText(folder["adapter", "adapter_config.json"], " ");
        CheckpointException error = Assert.Throws<CheckpointException>(() => merger.Merge(plan, folder["out"]))!;
        Assert.That(error.Error, Is.EqualTo(CheckpointError.InputChanged));
        Assert.That(Directory.Exists(folder["out"]), Is.False);
    }

    private static string Hash(string model, string adapter)
    {
        using MergePlan plan = new ModelMerger().Plan(MergeRecipe.With("passthrough").Model($"{model}+{adapter}").Build());
        return plan.Hash;
    }

    private static void Write(TestFolder folder, float factor)
    {
        using TestModel model = new TestModel().Add("layer.weight", DataType.BF16, [1, 2], 1, 2).Add("norm.weight", DataType.BF16, [1], 1);
        model.Write(folder["base"]);
        using LoraAdapterWriter writer = new();
        writer.Add("layer", LoraModuleKind.Linear, HostTensor.FromSingles([factor, 0], new TensorShape(1, 2)), Ones(1, 1));
        Save(writer, folder["adapter"]);
    }

    private static void Save(LoraAdapterWriter writer, string folder)
    {
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 1 });
        writer.Write(folder, device);
    }

    private static void TestFolderCopy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }

    private static HostTensor Ones(int rows, int columns) => HostTensor.FromSingles([.. Enumerable.Repeat(1f, rows * columns)], new TensorShape(rows, columns));
}
