using System.Globalization;
using ModelAggregation.KillHost;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Recipes;
using ModelTensors.Checkpoints;

// Measures memory, as a test asks.
if (args is ["similarity", .. string[] arguments])
{
    SimilarityMemory.Run(arguments);
    return 0;
}

// With one argument it carries a pipeline out instead; with two, as far as the line of that number.
if (args is [var pipeline, .. { Length: <= 1 } line])
{
    return await GlueHost.RunAsync(pipeline, line.Length == 0 ? int.MaxValue : int.Parse(line[0], CultureInfo.InvariantCulture));
}

// Merges a recipe, or the stages of a pipeline, into a folder and says how far it is, until somebody kills it, or until the disk is full of the file that it is told to fill it with.
MergeOptions options = new() { ShardSize = long.Parse(args[2], CultureInfo.InvariantCulture), Threads = 2, WorkingMemory = 16 << 20 };
IProgress<MergeProgress> progress = args.Length > 3 ? new DiskFiller(args[3], afterTensors: 2) : new Teller();
try
{
    MergePipelineReport report = new ModelMerger().Merge(MergePipeline.Load(args[0]), args[1], options, progress);
    Console.WriteLine($"resumed {report.Stages.Sum(stage => stage.Report?.ResumedTensorCount ?? 0)}");
    return 0;
}
catch (CheckpointException error) when (error.Error == CheckpointError.DiskFull)
{
    Console.WriteLine($"full {error.BytesNeeded} {error.TensorName}: {error.Message}");
    return 3;
}
