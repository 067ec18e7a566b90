using System.Text.Json;
using ModelAggregation.Merging;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Stacking;

/// <summary>Stacks the layers of models of one geometry to a deeper model, as Model-GLUE's third axis of scaling does. Safe to use from several threads.</summary>
/// <remarks>
/// <para>Tensors of layers are copied byte for byte. Embeddings, head and final norm are means: where models have different numbers of rows, each row is the mean of the models that have it.</para>
/// <para>Nothing has taught the layers to follow each other: a stack needs continued training before it is of use. Memory is a few megabytes, whatever the models' size.</para>
/// </remarks>
/// <example>
/// <code>
/// StackingReport report = new ModelStacker().Stack(new StackingRecipe { Models = ["models/a", "models/b"], Method = StackMethod.Interleave }, "models/deep");
/// </code>
/// </example>
public sealed class ModelStacker
{
    private const long FlushBytes = 64L << 20;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly IModelResolver _resolver;
    private readonly TimeProvider _time;

    /// <summary>Creates a stacker.</summary>
    /// <param name="resolver">Opens the models that recipes name; by default folders relative to the current one, then the Hugging Face cache.</param>
    /// <param name="time">Measures rates; the system's clock by default.</param>
    public ModelStacker(IModelResolver? resolver = null, TimeProvider? time = null)
    {
        _resolver = resolver ?? new ModelResolver();
        _time = time ?? TimeProvider.System;
    }

    /// <summary>Plans a stack: opens the models, reads their headers, and reports every problem at once.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="cancellationToken">Stops the planning.</param>
    /// <returns>The plan; the caller disposes it.</returns>
    /// <exception cref="StackingException">The models cannot be stacked; the error lists every problem.</exception>
    public StackingPlan Plan(StackingRecipe recipe, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        return StackingPlanner.Plan(recipe, _resolver, cancellationToken);
    }

    /// <summary>Plans a stack and writes it to a folder.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="folder">The output folder; it appears when the stack is complete.</param>
    /// <param name="options">How to write it; the defaults when null.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Stops within a tensor; what is complete stays for a later run to continue.</param>
    /// <exception cref="StackingException">The models cannot be stacked.</exception>
    /// <exception cref="CheckpointException">The output cannot be written there, or an input has changed meanwhile.</exception>
    /// <exception cref="MergeDataException">Elements are not finite in the output's type.</exception>
    public StackingReport Stack(
        StackingRecipe recipe, string folder, StackingOptions? options = null, IProgress<StackingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using StackingPlan plan = Plan(recipe, cancellationToken);
        return Stack(plan, folder, options, progress, cancellationToken);
    }

    /// <summary>Writes a planned stack to a folder. An interrupted run of the same plan and inputs is continued, unless inputs are in memory.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="folder">The output folder; it appears when the stack is complete.</param>
    /// <param name="options">How to write it; the defaults when null.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Stops within a tensor; what is complete stays for a later run to continue.</param>
    /// <exception cref="StackingException">The folder is or contains that of a model.</exception>
    /// <exception cref="CheckpointException">The output cannot be written there, or an input has changed meanwhile.</exception>
    /// <exception cref="MergeDataException">Elements are not finite in the output's type.</exception>
    public StackingReport Stack(
        StackingPlan plan, string folder, StackingOptions? options = null, IProgress<StackingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options ??= new StackingOptions();
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (plan.Opened.FirstOrDefault(model => ModelFolders.Contains(full, model)) is { } input)
        {
            throw new StackingException([new StackingProblem(StackingProblemKind.OutputIsInput, $"The output folder '{full}' is or contains that of a model, '{input.Folder}': choose another.", input.Folder)]);
        }

        using StagedCheckpoint output = StagedCheckpoint.Open(full, StackingHash.Run(plan), [.. plan.Tensors.Select(tensor => tensor.Output)], new StagedCheckpointOptions
        {
            ShardSize = options.ShardSize,
            Overwrite = options.Overwrite,
            Continue = plan.Opened.All(model => model.IsIdentified),
            FlushBytes = Math.Min(FlushBytes, plan.OutputBytes / 8),
        });
        StackingMeter meter = new(plan, plan.Tensors.Where(tensor => !output.IsComplete(tensor.Output.Name)).Sum(tensor => tensor.InputBytes), _time, progress);
        int resumed = WriteTensors(plan, output, meter, cancellationToken);
        WriteSideFiles(plan, output);
        foreach (TensorSet model in plan.Opened)
        {
            model.EnsureUnchanged();
        }

        output.Commit();
        return new StackingReport
        {
            Folder = full,
            PlanHash = plan.Hash,
            LayerCount = plan.Layers.Count,
            TensorCount = plan.Tensors.Count,
            ResumedTensorCount = resumed,
            ParameterCount = plan.ParameterCount,
            OutputBytes = plan.OutputBytes,
            Elapsed = meter.Elapsed,
            Warnings = plan.Warnings,
        };
    }

    private static int WriteTensors(StackingPlan plan, StagedCheckpoint output, StackingMeter meter, CancellationToken cancellationToken)
    {
        TensorWriting writing = new(meter.Add, cancellationToken);
        int resumed = 0;
        try
        {
            foreach (StackedTensor tensor in plan.Tensors)
            {
                string name = tensor.Output.Name;
                if (output.IsComplete(name))
                {
                    meter.Skip(name);
                    resumed++;
                    continue;
                }

                meter.Start(name);
                TensorSink sink = output.GetSink(name);
                long nonFinite = tensor.IsMean ? writing.Mean(tensor.Sources, sink) : writing.Copy(tensor.Sources[0], sink);
                if (nonFinite > 0)
                {
                    throw new MergeDataException(
                        MergeDataError.NonFiniteOutput,
                        $"{nonFinite} elements of tensor '{name}' are NaN or infinite as {tensor.Output.DataType.SafetensorsName}. Use sound checkpoints, or a wider type such as bfloat16.",
                        tensorName: name,
                        count: nonFinite);
                }

                output.Complete(name);
                meter.Complete();
            }

            return resumed;
        }
        catch (OperationCanceledException)
        {
            // A kill loses what was not journaled yet; somebody who asks politely loses nothing.
            output.Flush();
            throw;
        }
    }

    private static void WriteSideFiles(StackingPlan plan, StagedCheckpoint output)
    {
        if (plan.Config is { } config)
        {
            output.WriteText("config.json", config.ToJsonString(Indented) + "\n");
        }

        if (plan.TokenizerFolder is { } folder)
        {
            output.CopySideFiles(folder);
        }

        output.WriteText("stacking_recipe.yml", plan.Recipe.ToYaml());
        output.WriteText("README.md", StackingCard.Write(plan));
    }
}
