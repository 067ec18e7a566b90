using ModelAggregation.Merging;
using ModelAggregation.Merging.Recipes;

(string models, string output) = (args[0], args[1]);
MergeRecipe recipe = MergeRecipe.With("ties").Base($"{models}/a-base")
    .Model($"{models}/a-reverse", weight: 1.0, density: 0.5)
    .Model($"{models}/a-sort", weight: 1.0, density: 0.5)
    .Build();
MergeReport report = new ModelMerger().Merge(recipe, output);
Console.WriteLine($"{report.TensorCount} tensors in {report.Folder}");
