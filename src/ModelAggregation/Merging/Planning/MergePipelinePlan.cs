using System.Text;
using ModelAggregation.Merging.Recipes;

namespace ModelAggregation.Merging.Planning;

/// <summary>What a pipeline will do, stage by stage; nothing has been read but headers and configurations. Owns the opened models: dispose it after the merge.</summary>
public sealed class MergePipelinePlan : IDisposable
{
    internal MergePipelinePlan(MergePipeline pipeline, IReadOnlyList<PlannedStage> stages)
    {
        Pipeline = pipeline;
        Stages = stages;
    }

    /// <summary>Gets the pipeline.</summary>
    public MergePipeline Pipeline { get; }

    /// <summary>Gets the stages in the order in which they are merged; the last makes the pipeline's output.</summary>
    public IReadOnlyList<PlannedStage> Stages { get; }

    /// <summary>Gets the last stage's plan, whose hash stands for all that decides the output.</summary>
    public MergePlan Final => Stages[^1].Plan;

    /// <summary>Gets the warnings of all stages.</summary>
    public IReadOnlyList<string> Warnings => [.. Stages.SelectMany(stage => stage.Plan.Warnings.Select(warning => Where(stage) + warning))];

    /// <summary>Writes the plans for people.</summary>
    /// <param name="maxTensors">The number of tensors to list of each stage; all by default.</param>
    public string Describe(int maxTensors = int.MaxValue)
    {
        if (Stages.Count == 1)
        {
            return Final.Describe(maxTensors);
        }

        StringBuilder text = new();
        for (int index = 0; index < Stages.Count; index++)
        {
            text.Append(index > 0 ? "\n" : string.Empty).Append("stage ").Append(index + 1).Append(" of ").Append(Stages.Count);
            text.Append(Stages[index].Name is { } name ? $", '{name}'\n" : "\n").Append(Stages[index].Plan.Describe(maxTensors));
        }

        return text.ToString();
    }

    /// <summary>Writes the plans without their tensors.</summary>
    public override string ToString() => Describe(0);

    /// <summary>Closes the models and frees the outputs of stages that are in memory.</summary>
    public void Dispose()
    {
        foreach (PlannedStage stage in Stages)
        {
            stage.Output?.Release();
            stage.Plan.Dispose();
        }
    }

    private string Where(PlannedStage stage) =>
        Stages.Count == 1 ? string.Empty : $"{MergePlanner.StageTitle(stage.Name)}: ";
}
