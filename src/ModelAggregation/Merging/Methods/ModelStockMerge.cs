using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelTensors.Devices;

namespace ModelAggregation.Merging.Methods;

/// <summary>
/// Model Stock (Jang et al. 2024, section 4): between the base model and the mean of N fine-tunes, at <c>t = N·cos/(1 + (N − 1)·cos)</c>, where cos is
/// the mean cosine between their differences from the base.
/// </summary>
/// <remarks>
/// As in the reference implementation a negative cosine gives a negative t. The denominator, which is |Σ dᵢ/|dᵢ||² / N, has a pole where the directions cancel:
/// when it is below a thousandth the differences have nothing in common and the base model is the result. A difference of zero has the cosine 0
/// with all others. No norm is too small to count.
/// </remarks>
public sealed class ModelStockMerge : GramMethod
{
    // Beyond a thousandfold amplification there is only noise of rounded weights to amplify.
    private const double SmallestDenominator = 1e-3;

    private static readonly MergeParameter FilterWise =
        new("filter_wise", ParameterKind.Boolean, false) { Summary = "Whether each row is merged by itself, at a place of its own." };

    /// <inheritdoc />
    public override string Name => "model_stock";

    /// <inheritdoc />
    public override string Summary => "Between the base model and the mean of the others, nearer to the mean the more these agree.";

    /// <inheritdoc />
    public override IReadOnlyList<MergeParameter> Parameters => [FilterWise];

    /// <inheritdoc />
    public override BaseModelRole BaseModel => BaseModelRole.Required;

    /// <inheritdoc />
    public override int MinimumModels => 3;

    /// <inheritdoc />
    public override IEnumerable<string> Validate(PlannedTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (tensor.Inputs.Count == 2)
        {
            yield return "Only one model besides the base model has the tensor; two or more are needed to compare.";
        }
    }

    private protected override VectorAxis? Axis(ParameterValues parameters) => parameters.Flag(FilterWise.Name) ? VectorAxis.Rows : null;

    private protected override double[] Coefficients(TensorMerge merge, IReadOnlyList<int> models, GramMatrix gram)
    {
        int count = models.Count;
        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j < i; j++)
            {
                double norms = gram.Norm(i) * gram.Norm(j);
                sum += norms == 0 ? 0 : Math.Clamp(gram[i, j] / norms, -1, 1);
            }
        }

        double cosine = sum / (count * (count - 1) / 2);
        double denominator = 1 + ((count - 1) * cosine);
        double t = denominator < SmallestDenominator ? 0 : count * cosine / denominator;
        return [.. models.Select(_ => t / count)];
    }
}
