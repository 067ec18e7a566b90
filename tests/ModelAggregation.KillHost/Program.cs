using System.Globalization;
using ModelAggregation.KillHost;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Recipes;

// Merges a recipe, or the stages of a pipeline, into a folder and says how far it is, until somebody kills it.
MergeOptions options = new() { ShardSize = long.Parse(args[2], CultureInfo.InvariantCulture), Threads = 2, WorkingMemory = 16 << 20 };
MergePipelineReport report = new ModelMerger().Merge(MergePipeline.Load(args[0]), args[1], options, new Teller());
Console.WriteLine($"resumed {report.Stages.Sum(stage => stage.Report?.ResumedTensorCount ?? 0)}");
