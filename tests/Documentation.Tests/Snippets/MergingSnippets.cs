using Microsoft.Extensions.DependencyInjection;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace Documentation.Tests.Snippets;

public sealed class MergingSnippets
{
    [Test]
    public void Example()
    {
        using WorkFolder work = new(nameof(Example));
        string models = WorkFolder.Models;
        string output = work["merged"];

        // snippet: Example
        MergeRecipe recipe = MergeRecipe.With("ties").Base($"{models}/a-base")
            .Model($"{models}/a-reverse", weight: 1.0, density: 0.5)
            .Model($"{models}/a-sort", weight: 1.0, density: 0.5)
            .Build();
        MergeReport report = new ModelMerger().Merge(recipe, output);
        Console.WriteLine($"{report.TensorCount} tensors in {report.Folder}");
        // end

        Assert.That(report.TensorCount, Is.EqualTo(30));
        Assert.That(File.Exists(Path.Combine(output, "model.safetensors")));
    }

    [Test]
    public void YamlRecipe()
    {
        using WorkFolder work = new(nameof(YamlRecipe));
        string folder = Path.Combine(Repository.Root, "samples", "MergeModels", "recipes");
        string output = work["merged"];

        // snippet: YamlRecipe
        ModelMerger merger = new(new ModelResolver(new ModelResolverOptions { BaseFolders = [folder] }));
        using MergePlan plan = merger.Plan(MergeRecipe.Load($"{folder}/ties.yml"));
        Console.WriteLine(plan.Describe(maxTensors: 5));
        MergeReport report = merger.Merge(plan, output, new MergeOptions { WorkingMemory = 64 << 20, ShardSize = 200_000 });
        // end

        Assert.That(report.OutputBytes, Is.EqualTo(plan.OutputBytes));
        Assert.That(Directory.GetFiles(output, "*.safetensors"), Has.Length.GreaterThan(2));
    }

    [Test]
    public void Problems()
    {
        string models = WorkFolder.Models;
        List<PlanProblemKind> kinds = [];

        // snippet: Problems
        MergeRecipe recipe = MergeRecipe.Parse($"""
            merge_method: tise
            base_model: {models}/a-base
            models:
              - model: {models}/a-srot
            """);
        try
        {
            using MergePlan plan = new ModelMerger().Plan(recipe);
        }
        catch (MergePlanException exception)
        {
            foreach (PlanProblem problem in exception.Problems)
            {
                Console.WriteLine($"{problem.Kind}: {problem.Message}");
                kinds.Add(problem.Kind);
            }
        }
        // end

        Assert.That(kinds, Is.EqualTo(new[] { PlanProblemKind.UnknownMethod, PlanProblemKind.ModelNotFound }));
    }

    [Test]
    public void InMemory()
    {
        string models = WorkFolder.Models;

        // snippet: InMemory
        MergeRecipe recipe = MergeRecipe.With("linear")
            .Model($"{models}/a-reverse", weight: 0.5)
            .Model($"{models}/a-add", weight: 0.5)
            .Build();
        ModelMerger merger = new();
        using MergePlan plan = merger.Plan(recipe);
        using MergedModel merged = merger.MergeInMemory(plan);
        float[] norm = merged.Tensors["model.norm.weight"].ToSingles();
        // end

        Assert.That(norm, Has.Length.EqualTo(96));
    }

    [Test]
    public void FromMemory()
    {
        using HostTensor first = HostTensor.FromSingles([1, 2, 3, 4], new TensorShape(2, 2));
        using HostTensor second = HostTensor.FromSingles([3, 2, 1, 0], new TensorShape(2, 2));

        // snippet: FromMemory
        MemoryModelResolver models = new(
        [
            new("first", new MemoryTensorSet([new("layer.weight", first)])),
            new("second", new MemoryTensorSet([new("layer.weight", second)])),
        ]);
        ModelMerger merger = new(models);
        using MergePlan plan = merger.Plan(MergeRecipe.With("linear").Model("first", weight: 3).Model("second", weight: 1).Build());
        using MergedModel merged = merger.MergeInMemory(plan);
        // end

        Assert.That(merged.Tensors["layer.weight"].ToSingles(), Is.EqualTo(new[] { 1.5f, 2, 2.5f, 3 }));
    }

    [Test]
    public void Modules()
    {
        using HostTensor text = HostTensor.FromSingles([1, 2], new TensorShape(2));
        using HostTensor vision = HostTensor.FromSingles([3, 4], new TensorShape(2));
        using HostTensor tuned = HostTensor.FromSingles([2, 6], new TensorShape(2));
        MemoryModelResolver models = new(
        [
            new("base", new MemoryTensorSet([new("language_model.w", text), new("vision_tower.w", vision)])),
            new("tuned", new MemoryTensorSet([new("language_model.w", tuned), new("vision_tower.w", vision)])),
        ]);

        // snippet: Modules
        MergeRecipe recipe = MergeRecipe.With("linear")
            .Module("text_decoder", module => module.Model("base", weight: 1).Model("tuned", weight: 1))
            .Module(MergeModule.Default, module => module.Model("base", weight: 1))
            .Build();
        // end

        ModelMerger merger = new(models);
        using MergePlan plan = merger.Plan(recipe);
        using MergedModel merged = merger.MergeInMemory(plan);
        Assert.That(merged.Tensors["language_model.w"].ToSingles(), Is.EqualTo(new[] { 1.5f, 4 }));
        Assert.That(merged.Tensors["vision_tower.w"].ToSingles(), Is.EqualTo(new[] { 3f, 4 }));
    }

    [Test]
    public void Stages()
    {
        using WorkFolder work = new(nameof(Stages));
        string models = WorkFolder.Models;
        string output = work["merged"];

        // snippet: Stages
        MergePipeline pipeline = MergePipeline
            .First("both", MergeRecipe.With("linear").Model($"{models}/a-reverse", weight: 1).Model($"{models}/a-sort", weight: 1).Build())
            .Finally(MergeRecipe.With("slerp").Base("both").Model($"{models}/a-add").Parameter("t", 0.5).Build());
        MergePipelineReport report = new ModelMerger().Merge(pipeline, output, new MergeOptions { IntermediateFolder = $"{output}-stages" });
        foreach (MergeStageReport stage in report.Stages)
        {
            Console.WriteLine($"{stage.Name ?? "output"}: {stage.Outcome}");
        }
        // end

        Assert.That(report.Stages.Select(stage => (stage.Name, stage.Outcome)), Is.EqualTo(new (string?, MergeStageOutcome)[] { ("both", MergeStageOutcome.Merged), (null, MergeStageOutcome.Merged) }));
        Directory.Delete($"{output}-stages", recursive: true);
    }

    [Test]
    public void Injection()
    {
        string models = WorkFolder.Models;

        // snippet: Injection
        ServiceCollection services = new();
        services.AddModelAggregation(o => o with { Models = new ModelResolverOptions { BaseFolders = [models] } });
        services.AddSingleton<MergeMethod, MedianMerge>();
        services.AddMergeRecipe("nightly", MergeRecipe.With("median").Model("a-add").Model("a-sort").Model("a-reverse").Build());

        using ServiceProvider provider = services.BuildServiceProvider();
        ModelMerger merger = provider.GetRequiredService<ModelMerger>();
        MergeRecipe recipe = provider.GetRequiredKeyedService<MergeRecipe>("nightly");
        // end

        Assert.That(recipe, Is.EqualTo(MergeRecipe.Parse("""
            merge_method: median
            models:
              - model: a-add
              - model: a-sort
              - model: a-reverse
            """)));
        using MergePlan plan = merger.Plan(recipe);
        using MergedModel merged = merger.MergeInMemory(plan);
        Assert.That(merged.Names, Has.Count.EqualTo(30));
    }
}
