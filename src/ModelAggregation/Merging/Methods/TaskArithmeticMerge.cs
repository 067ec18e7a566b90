using ModelTensors.Devices;

namespace ModelAggregation.Merging.Methods;

/// <summary>Task arithmetic: <c>b + λ·Σ wᵢ·(xᵢ − b) [/ Σ wᵢ]</c> (Ilharco et al. 2023, section 2).</summary>
public sealed class TaskArithmeticMerge : TaskVectorMethod
{
    /// <inheritdoc />
    public override string Name => "task_arithmetic";

    /// <inheritdoc />
    public override string Summary => "Adds the weighted task vectors of the models to the base model.";

    /// <inheritdoc />
    public override IReadOnlyList<MergeParameter> Parameters => [Weight, Lambda, Normalize(false), Int8Mask];

    private protected override IReadOnlyList<TaskVector> Sparsify(TensorMerge merge) =>
        [.. merge.Models.Select(model => new TaskVector(model, WeightOf(merge, model)))];
}
