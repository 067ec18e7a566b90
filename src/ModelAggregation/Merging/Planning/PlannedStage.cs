namespace ModelAggregation.Merging.Planning;

/// <summary>A stage of a pipeline, planned.</summary>
/// <param name="Name">The stage's name; null for the final stage without one.</param>
/// <param name="Plan">What it will do. Inputs from other stages are known by name, type and shape; they can be read once those are merged.</param>
public sealed record PlannedStage(string? Name, MergePlan Plan)
{
    /// <summary>Gets the output as a model for other stages; null for the stage without a name.</summary>
    internal StageOutput? Output { get; init; }

    /// <summary>Gets the outputs of other stages that this one reads.</summary>
    internal IEnumerable<StageOutput> Uses => Plan.Opened.Select(model => model.Tensors).OfType<StageOutput>();
}
