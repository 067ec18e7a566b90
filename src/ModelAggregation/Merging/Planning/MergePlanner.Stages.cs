using ModelAggregation.Merging.Recipes;

namespace ModelAggregation.Merging.Planning;

/// <content>Planning the stages of a pipeline.</content>
public sealed partial class MergePlanner
{
    /// <summary>Plans all stages of a pipeline: each later one from the planned outputs of the earlier, before any tensor is read.</summary>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="cancellationToken">Checked between models and layers.</param>
    /// <returns>The plan; the caller disposes it, which closes the models.</returns>
    /// <exception cref="MergePlanException">Some stage cannot be merged; the error lists every problem of every stage.</exception>
    public MergePipelinePlan Plan(MergePipeline pipeline, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        List<PlannedStage> stages = [];
        List<PlanProblem> problems = [];
        Dictionary<string, StageOutput?> outputs = pipeline.Stages.Select(stage => stage.Name).OfType<string>().ToDictionary(name => name, _ => (StageOutput?)null, StringComparer.Ordinal);
        MergePlanner planner = new(new StageResolver(outputs, _resolver), _methods, _options);
        try
        {
            foreach (MergeStage stage in pipeline.Order)
            {
                PlannedStage? planned = planner.Plan(stage, pipeline, outputs, problems, cancellationToken);
                if (stage.Name is { } name)
                {
                    outputs[name] = planned?.Output;
                }

                stages.AddRange(planned is null ? [] : [planned]);
            }

            return problems.Count == 0 ? new MergePipelinePlan(pipeline, stages) : throw new MergePlanException(problems);
        }
        catch
        {
            stages.ForEach(stage => stage.Plan.Dispose());
            throw;
        }
    }

    /// <summary>Returns what messages call a stage.</summary>
    internal static string StageTitle(string? name) => name is null ? "Final stage" : $"Stage '{name}'";

    private PlannedStage? Plan(
        MergeStage stage, MergePipeline pipeline, Dictionary<string, StageOutput?> outputs, List<PlanProblem> problems, CancellationToken cancellationToken)
    {
        try
        {
            MergePlan plan = Plan(stage.Recipe, cancellationToken);
            plan.RecipeText = pipeline.UpTo(stage).ToYaml();
            return new PlannedStage(stage.Name, plan) { Output = stage.Name is { } name ? new StageOutput(name, plan) : null };
        }
        catch (MergePlanException error)
        {
            // That a stage it uses has problems is said there.
            IEnumerable<PlanProblem> own = error.Problems.Where(problem =>
                problem.Kind != PlanProblemKind.ModelNotFound || problem.Model is null || !outputs.ContainsKey(problem.Model));
            problems.AddRange(pipeline.Stages.Count == 1 ? own : own.Select(problem => problem with
            {
                Stage = stage.Name,
                Message = $"{StageTitle(stage.Name)}: {problem.Message}{Hint(problem, pipeline)}",
            }));
            return null;
        }
    }

    private static string Hint(PlanProblem problem, MergePipeline pipeline) => problem is { Kind: PlanProblemKind.ModelNotFound, Model: { } model }
        ? NearestName.Suggest(model, pipeline.Stages.Select(stage => stage.Name).OfType<string>())
        : string.Empty;
}
