using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelTensors.Devices;

namespace ModelAggregation.Merging.Methods;

/// <summary>
/// RegMean: the linear layer that does on the models' inputs, in least squares, what each of theirs does on its own:
/// <c>(Σ wᵢ·Wᵢ·Gᵢ)·(Σ wᵢ·Gᵢ)⁻¹</c> for weights W of shape out × in (Jin et al. 2023, "Dataless Knowledge Fusion by Merging Weights of Language Models",
/// section 3). Tensors without statistics get the weighted mean.
/// </summary>
/// <remarks>
/// The statistics are the Gram matrices Gᵢ = XᵀX of the layers' inputs, in × in, under the weights' names. Elements off their diagonals are multiplied by
/// <c>alpha</c>, as the paper does; <c>ridge</c> adds a part of the mean of the diagonal to it, which draws the result towards the weighted mean.
/// </remarks>
public sealed class RegMeanMerge : MergeMethod
{
    private static readonly MergeParameter Weight =
        new("weight", ParameterKind.Number, 1.0) { PerModel = true, Minimum = 0, Summary = "The weight of a model." };

    private static readonly MergeParameter Alpha = new("alpha", ParameterKind.Number, 0.9)
    {
        Minimum = 0,
        Maximum = 1,
        Summary = "The factor of the statistics off the diagonal: 1 for plain least squares, 0 for weighing each input alone.",
    };

    private static readonly MergeParameter Ridge = new("ridge", ParameterKind.Number, 0.0)
    {
        Minimum = 0,
        Summary = "What is added to the diagonal of the statistics, as a part of its mean.",
    };

    /// <inheritdoc />
    public override string Name => "regmean";

    /// <inheritdoc />
    public override string Summary => "Linear layers that fit the outputs of the models' layers in least squares, by the Gram matrices of their inputs; the weighted mean elsewhere.";

    /// <inheritdoc />
    public override IReadOnlyList<MergeParameter> Parameters => [Weight, Alpha, Ridge];

    /// <inheritdoc />
    public override MergeStatistics Statistics => MergeStatistics.Gram;

    /// <inheritdoc />
    public override int Passes => 2;

    /// <inheritdoc />
    public override long EstimateMemory(PlannedTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return tensor.Inputs[0].Statistics is null ? 0 : RegMeanSolver.EstimateMemory(tensor.Output.Shape);
    }

    /// <inheritdoc />
    public override IEnumerable<string> Validate(PlannedTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (tensor.Inputs[0].Statistics is not null && tensor.Output.Shape.Rank != 2)
        {
            yield return "'regmean' takes statistics for matrices alone: take those of this tensor out of the checkpoints.";
        }

        foreach (string problem in WeightedMean.Validate(tensor, Weight))
        {
            yield return problem;
        }
    }

    /// <inheritdoc />
    public override void Merge(TensorMerge merge)
    {
        ArgumentNullException.ThrowIfNull(merge);
        double[] shares = WeightedMean.Shares(merge, Weight);
        if (merge.Inputs[0].Statistics is null)
        {
            merge.Map(new WeightedSumMap([.. shares.Select((share, input) => (input, share))]));
            return;
        }

        using RegMeanSolver solver = new(merge, shares, merge.Parameters.Number(Alpha.Name), merge.Parameters.Number(Ridge.Name));
        merge.Write(solver.Write);
    }
}
