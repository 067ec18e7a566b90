using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ModelAggregation.Merging.Execution;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelTensors.Checkpoints;
using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;

namespace ModelAggregation.Merging;

/// <summary>Merges models: plans a recipe and carries it out, to a folder or in memory. Safe to use from several threads.</summary>
/// <example>
/// <code>
/// MergeRecipe recipe = MergeRecipe.With("ties").Base("models/base")
///     .Model("models/math", weight: 1.0, density: 0.5)
///     .Model("models/code", weight: 0.5, density: 0.5)
///     .Build();
/// MergeReport report = new ModelMerger().Merge(recipe, "models/merged");
/// </code>
/// </example>
public sealed partial class ModelMerger
{
    // An interruption costs an eighth of the work, or 256 MiB of a large output; flushing more often would wait for the disk.
    private const int JournalSteps = 8;
    private const long SmallestFlush = 1L << 20;
    private const long LargestFlush = 256L << 20;

    private readonly MergePlanner _planner;
    private readonly ILogger<ModelMerger> _logger;
    private readonly TimeProvider _time;

    /// <summary>Creates a merger.</summary>
    /// <param name="resolver">Opens the models that recipes name; by default folders relative to the current one, then the Hugging Face cache.</param>
    /// <param name="methods">The methods that recipes may name; by default those of this library.</param>
    /// <param name="logger">Receives warnings and the start and end of merges.</param>
    /// <param name="time">Measures rates; the system's clock by default.</param>
    public ModelMerger(
        IModelResolver? resolver = null, MergeMethodRegistry? methods = null, ILogger<ModelMerger>? logger = null, TimeProvider? time = null)
    {
        _planner = new MergePlanner(resolver ?? new ModelResolver(), methods ?? MergeMethodRegistry.CreateDefault());
        _logger = logger ?? NullLogger<ModelMerger>.Instance;
        _time = time ?? TimeProvider.System;
    }

    /// <summary>Plans a recipe: opens the models, reads their headers, and reports every problem at once.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="cancellationToken">Stops the planning.</param>
    /// <returns>The plan; the caller disposes it.</returns>
    /// <exception cref="MergePlanException">The recipe cannot be merged; the error lists every problem.</exception>
    public MergePlan Plan(MergeRecipe recipe, CancellationToken cancellationToken = default) => _planner.Plan(recipe, cancellationToken);

    /// <summary>Estimates the most working memory that a plan takes, beside what the runtime itself takes. It does not grow with the tensors beyond a bound, but for methods that say so.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="options">How it will be carried out.</param>
    /// <returns>The bytes.</returns>
    public static long EstimateMemory(MergePlan plan, MergeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        options ??= new MergeOptions();
        using CpuDevice? own = CreateDevice(options);
        TensorDevice device = options.Device ?? own!;
        return plan.Tensors
            .Where(tensor => !tensor.IsCopied)
            .Select(tensor => device.EstimateMemory(tensor.SessionInputs(plan.Method), tensor.Output.DataType) + plan.Method.EstimateMemory(tensor))
            .DefaultIfEmpty()
            .Max();
    }

    /// <summary>Plans a recipe and merges it into a folder.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="folder">The output folder; it appears when the merge is complete.</param>
    /// <param name="options">How to carry it out.</param>
    /// <param name="progress">Told how far the merge is.</param>
    /// <param name="cancellationToken">Stops the merge between tiles; what is complete stays for a later run to continue.</param>
    /// <exception cref="MergePlanException">The recipe cannot be merged.</exception>
    /// <exception cref="MergeDataException">The weights are not sound, by the recipe's policies.</exception>
    /// <exception cref="CheckpointException">The output cannot be written there, or an input has changed meanwhile.</exception>
    public MergeReport Merge(
        MergeRecipe recipe, string folder, MergeOptions? options = null, IProgress<MergeProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using MergePlan plan = Plan(recipe, cancellationToken);
        return Merge(plan, folder, options, progress, cancellationToken);
    }

    /// <summary>Carries out a plan into a folder. An interrupted run of the same plan and inputs is continued, unless inputs are in memory.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="folder">The output folder; it appears when the merge is complete.</param>
    /// <param name="options">How to carry it out.</param>
    /// <param name="progress">Told how far the merge is.</param>
    /// <param name="cancellationToken">Stops the merge between tiles; what is complete stays for a later run to continue.</param>
    /// <exception cref="MergeDataException">The weights are not sound, by the recipe's policies.</exception>
    /// <exception cref="CheckpointException">The output cannot be written there, or an input has changed meanwhile.</exception>
    public MergeReport Merge(
        MergePlan plan, string folder, MergeOptions? options = null, IProgress<MergeProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options ??= new MergeOptions();
        string full = FullPath(folder);
        using StagedCheckpoint output = Open(plan, new RunKeys().Of(plan), full, options);
        return Merge(plan, output, full, options, progress, cancellationToken);
    }

    /// <summary>Carries out a plan in memory.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="options">How to carry it out; shards and overwriting mean nothing here.</param>
    /// <param name="progress">Told how far the merge is.</param>
    /// <param name="cancellationToken">Stops the merge between tiles.</param>
    /// <returns>The merged model; the caller disposes it.</returns>
    /// <exception cref="MergeDataException">The weights are not sound, by the recipe's policies.</exception>
    public MergedModel MergeInMemory(
        MergePlan plan, MergeOptions? options = null, IProgress<MergeProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return MergeIntoMemory(plan, options ?? new MergeOptions(), progress, cancellationToken).Model;
    }

    private (MergedModel Model, MergeReport Report) MergeIntoMemory(
        MergePlan plan, MergeOptions options, IProgress<MergeProgress>? progress, CancellationToken cancellationToken)
    {
        MergedModel model = new(plan.Config is { } config ? new ModelConfig(config) : null);
        try
        {
            return (model, Run(plan, new MemoryOutput(model), null, options, progress, cancellationToken));
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static string FullPath(string folder) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));

    private static StagedCheckpoint Open(MergePlan plan, RunKey key, string folder, MergeOptions options)
    {
        CheckOutput(plan, folder);
        return StagedCheckpoint.Open(folder, key.Text, [.. plan.Tensors.Select(tensor => tensor.Output)], new StagedCheckpointOptions
        {
            ShardSize = options.ShardSize,
            Overwrite = options.Overwrite,
            Continue = key.IdentifiesInputs,
            FlushBytes = Math.Clamp(plan.OutputBytes / JournalSteps, SmallestFlush, LargestFlush),
        });
    }

    private MergeReport Merge(
        MergePlan plan, StagedCheckpoint output, string folder, MergeOptions options, IProgress<MergeProgress>? progress, CancellationToken cancellationToken)
    {
        MergeReport report = RunStaged(plan, output, folder, options, progress, cancellationToken);
        SideFiles.Write(plan, output, options.HashInputs, cancellationToken);
        EnsureUnchanged(plan);
        output.Commit();
        return report;
    }

    private static void EnsureUnchanged(MergePlan plan)
    {
        foreach (PlannedModel model in plan.Opened)
        {
            model.Tensors.EnsureUnchanged();
        }
    }

    private MergeReport RunStaged(
        MergePlan plan, StagedCheckpoint output, string folder, MergeOptions options, IProgress<MergeProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            return Run(plan, new StagedOutput(output), folder, options, progress, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // A kill loses what was not journaled yet; somebody who asks politely loses nothing.
            output.Flush();
            throw;
        }
    }

    private MergeReport Run(
        MergePlan plan, IMergeOutput output, string? folder, MergeOptions options, IProgress<MergeProgress>? progress, CancellationToken cancellationToken)
    {
        using CpuDevice? own = CreateDevice(options);
        TensorDevice device = options.Device ?? own!;
        MergeLog.Started(_logger, plan.Tensors.Count, plan.Method.Name, device.Description, folder ?? "memory");
        foreach (string warning in plan.Warnings)
        {
            MergeLog.PlanWarning(_logger, warning);
        }

        MergeMeter meter = new(plan, _time, progress);
        MergeEngine engine = new(device, _logger, meter, cancellationToken);
        engine.Run(plan, output);
        if (engine.Resumed > 0)
        {
            MergeLog.Resumed(_logger, engine.Resumed, plan.Tensors.Count);
        }

        MergeLog.Finished(_logger, plan.OutputBytes, meter.Elapsed.TotalSeconds);
        return new MergeReport
        {
            Folder = folder,
            PlanHash = plan.Hash,
            TensorCount = plan.Tensors.Count,
            ResumedTensorCount = engine.Resumed,
            ParameterCount = plan.ParameterCount,
            OutputBytes = plan.OutputBytes,
            BytesRead = meter.BytesRead,
            Elapsed = meter.Elapsed,
            NonFinite = engine.NonFinite,
            Warnings = plan.Warnings,
        };
    }

    private static CpuDevice? CreateDevice(MergeOptions options) => options.Device is null
        ? new CpuDevice(new CpuDeviceOptions { Threads = options.Threads, WorkingMemory = options.WorkingMemory })
        : null;

    private static void CheckOutput(MergePlan plan, string folder)
    {
        if (plan.Opened.FirstOrDefault(model => ModelFolders.Contains(folder, model.Tensors)) is { } same)
        {
            throw new MergeDataException(
                MergeDataError.OutputIsInput, $"The output folder '{folder}' is or contains that of model '{same.Reference}': choose another.", folder, model: same.Name);
        }
    }
}
