using System.Globalization;
using ModelAggregation.KillHost;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Recipes;

// Merges a recipe into a folder and says how far it is, until somebody kills it.
MergeOptions options = new() { ShardSize = long.Parse(args[2], CultureInfo.InvariantCulture), Threads = 2, WorkingMemory = 16 << 20 };
MergeReport report = new ModelMerger().Merge(MergeRecipe.Load(args[0]), args[1], options, new Teller());
Console.WriteLine($"resumed {report.ResumedTensorCount}");
