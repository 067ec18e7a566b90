using ModelAggregation.Merging;
using ModelAggregation.Merging.Recipes;
using ModelAggregation.Tool;
using ModelTensors.Checkpoints;

// With arguments this is the command line of the merge tool: <recipe.yml> <output-folder> [options], or plan, inspect, diff, extract-lora.
if (args is not ([] or ["--quick"]))
{
    return CommandLine.Run(args);
}

// Without, it merges three fine-tuned specialists of the shipped zoo with four methods.
string samples = FindSamples();
string output = Path.Combine(samples, "MergeModels", "out");
ModelMerger merger = new(new ModelResolver(new ModelResolverOptions { BaseFolders = [Path.Combine(samples, "models")] }));

MergeRecipe[] recipes =
[
    Specialists(MergeRecipe.With("linear")),
    Specialists(MergeRecipe.With("task_arithmetic").Base("a-base").Parameter("lambda", 0.6)),
    Specialists(MergeRecipe.With("ties").Base("a-base").Parameter("density", 0.5)),
    Specialists(MergeRecipe.With("dare_ties").Base("a-base").Parameter("density", 0.5).Seed(1)),
];

foreach (MergeRecipe recipe in recipes)
{
    MergeReport report = merger.Merge(recipe, Path.Combine(output, recipe.Method), new MergeOptions { Overwrite = true });
    Console.WriteLine($"{recipe.Method,-16} {report.TensorCount} tensors, {report.ParameterCount:N0} parameters -> {report.Folder}");
}

// Recipes that build on each other: what a stage makes is a model for the next.
string recipesFolder = Path.Combine(samples, "MergeModels", "recipes");
MergePipeline pipeline = MergePipeline.Load(Path.Combine(recipesFolder, "two-stages.yml"));
ModelMerger chained = new(new ModelResolver(new ModelResolverOptions { BaseFolders = [recipesFolder] }));
MergePipelineReport stages = chained.Merge(pipeline, Path.Combine(output, "two-stages"), new MergeOptions { Overwrite = true });
foreach (MergeStageReport stage in stages.Stages)
{
    Console.WriteLine($"{$"stage {stage.Name ?? "final"}",-16} {(stage.Report is { } done ? $"{done.TensorCount} tensors -> {done.Folder}" : "complete already")}");
}

return 0;

static MergeRecipe Specialists(MergeRecipeBuilder builder) =>
    builder.Model("a-reverse", weight: 1).Model("a-sort", weight: 1).Model("a-add", weight: 1).Build();

static string FindSamples()
{
    for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
    {
        string samples = Path.Combine(folder.FullName, "samples");
        if (Directory.Exists(Path.Combine(samples, "models", "a-base")))
        {
            return samples;
        }
    }

    throw new DirectoryNotFoundException("The sample's models lie in samples/models of the repository: run it from a clone.");
}
