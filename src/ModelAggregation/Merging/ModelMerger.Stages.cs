using ModelAggregation.Merging.Execution;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Merging;

/// <content>Merging the stages of a pipeline, each as a recipe is merged.</content>
public sealed partial class ModelMerger
{
    /// <summary>Plans all stages of a pipeline and reports every problem of every stage at once.</summary>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="cancellationToken">Stops the planning.</param>
    /// <returns>The plan; the caller disposes it.</returns>
    /// <exception cref="MergePlanException">Some stage cannot be merged; the error lists every problem.</exception>
    public MergePipelinePlan Plan(MergePipeline pipeline, CancellationToken cancellationToken = default) => _planner.Plan(pipeline, cancellationToken);

    /// <summary>Plans a pipeline and merges its stages, the last into a folder.</summary>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="folder">The output folder; it appears when the merge is complete.</param>
    /// <param name="options">How to carry it out, and where the outputs of the other stages go.</param>
    /// <param name="progress">Told how far the merge is, and of which stage.</param>
    /// <param name="cancellationToken">Stops the merge between tiles; what is complete stays for a later run to continue.</param>
    /// <exception cref="MergePlanException">Some stage cannot be merged.</exception>
    /// <exception cref="MergeDataException">The weights are not sound, by a recipe's policies.</exception>
    /// <exception cref="CheckpointException">An output cannot be written there, or an input has changed meanwhile.</exception>
    public MergePipelineReport Merge(
        MergePipeline pipeline, string folder, MergeOptions? options = null, IProgress<MergeProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using MergePipelinePlan plan = Plan(pipeline, cancellationToken);
        return Merge(plan, folder, options, progress, cancellationToken);
    }

    /// <summary>Carries out the plan of a pipeline. Stages whose output lies in the intermediate folder, made by the same plan of the same inputs, are not merged again; those made of inputs in memory always are.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="folder">The output folder of the last stage; it appears when the merge is complete.</param>
    /// <param name="options">How to carry it out, and where the outputs of the other stages go.</param>
    /// <param name="progress">Told how far the merge is, and of which stage.</param>
    /// <param name="cancellationToken">Stops the merge between tiles; what is complete stays for a later run to continue.</param>
    /// <exception cref="MergeDataException">The weights are not sound, by a recipe's policies.</exception>
    /// <exception cref="CheckpointException">An output cannot be written there, or an input has changed meanwhile.</exception>
    public MergePipelineReport Merge(
        MergePipelinePlan plan, string folder, MergeOptions? options = null, IProgress<MergeProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options ??= new MergeOptions();
        string full = FullPath(folder);
        RunKeys keys = new();
        StageRun run = new(plan, FullPath(options.IntermediateFolder ?? $"{full}.stages"), options.IntermediateMemory, keys);
        CheckIntermediates(plan, run, full);
        // First, so that an output which cannot be written is not found out after hours.
        using StagedCheckpoint output = Open(plan.Final, keys.Of(plan.Final), full, options);
        List<MergeStageReport> reports = [];
        for (int index = 0; index < plan.Stages.Count; index++)
        {
            PlannedStage stage = plan.Stages[index];
            IProgress<MergeProgress>? told = progress is null || plan.Stages.Count == 1
                ? progress
                : new StageProgress(progress, stage.Name, index + 1, plan.Stages.Count);
            reports.Add(index < plan.Stages.Count - 1
                ? Merge(run, stage, options, told, cancellationToken)
                : new MergeStageReport(stage.Name, MergeStageOutcome.Merged, Merge(stage.Plan, output, full, options, told, cancellationToken)));
            run.ReleaseUnused(index);
        }

        return new MergePipelineReport(reports);
    }

    private MergeStageReport Merge(StageRun run, PlannedStage stage, MergeOptions options, IProgress<MergeProgress>? progress, CancellationToken cancellationToken)
    {
        StageFolder folder = run.Folder(stage);
        MergeStageOutcome outcome = run.Outcome(stage);
        switch (outcome)
        {
            case MergeStageOutcome.Reused:
                MergeLog.StageReused(_logger, stage.Name!, folder.Path);
                stage.Output!.Attach(Checkpoint.Open(folder.Path));
                return new MergeStageReport(stage.Name, outcome, Report: null);
            case MergeStageOutcome.Merged when run.FitsMemory(stage):
                (MergedModel model, MergeReport inMemory) = MergeIntoMemory(stage.Plan, options, progress, cancellationToken);
                stage.Output!.Attach(model);
                EnsureUnchanged(stage.Plan);
                return new MergeStageReport(stage.Name, outcome, inMemory);
            case MergeStageOutcome.Merged:
                MergeReport report = MergeIntoFolder(stage.Plan, folder, options, progress, cancellationToken);
                stage.Output!.Attach(Checkpoint.Open(folder.Path));
                return new MergeStageReport(stage.Name, outcome, report);
            default:
                return new MergeStageReport(stage.Name, outcome, Report: null);
        }
    }

    private MergeReport MergeIntoFolder(
        MergePlan plan, StageFolder folder, MergeOptions options, IProgress<MergeProgress>? progress, CancellationToken cancellationToken)
    {
        // Only what a stage made is replaced: a model of the user's in a folder of that name is an error.
        using StagedCheckpoint output = Open(plan, folder.Key, folder.Path, options with { Overwrite = folder.IsStage });
        folder.WriteRecord(output);
        return Merge(plan, output, folder.Path, options, progress, cancellationToken);
    }

    private static void CheckIntermediates(MergePipelinePlan plan, StageRun run, string output)
    {
        foreach (PlannedStage stage in plan.Stages.SkipLast(1))
        {
            string folder = run.Folder(stage).Path;
            if (ModelFolders.Contains(output, folder) || ModelFolders.Contains(folder, output))
            {
                throw new MergeDataException(
                    MergeDataError.OutputIsInput,
                    $"The output folder '{output}' and the folder of stage '{stage.Name}', '{folder}', are the same, or one lies in the other: choose another for either.",
                    folder);
            }
        }
    }
}
