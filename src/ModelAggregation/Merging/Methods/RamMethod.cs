using ModelAggregation.Merging.Recipes;
using ModelTensors.Devices;

namespace ModelAggregation.Merging.Methods;

/// <summary>
/// Reinforced Agent Merging (Yuan et al. 2026): to the base model is added the mean of those differences that exceed <c>epsilon</c>, element by
/// element. What one model alone changes is kept whole, or scaled.
/// </summary>
public abstract class RamMethod : MergeMethod
{
    private protected static readonly MergeParameter Epsilon =
        new("epsilon", ParameterKind.Number, 1e-5) { Minimum = 0, Summary = "The size that a difference must exceed to count." };

    private protected RamMethod()
    {
    }

    /// <inheritdoc />
    public sealed override BaseModelRole BaseModel => BaseModelRole.Required;

    /// <inheritdoc />
    public sealed override int MinimumModels => 2;

    /// <inheritdoc />
    public sealed override void Merge(TensorMerge merge)
    {
        ArgumentNullException.ThrowIfNull(merge);
        if (merge.Models.Count == 0)
        {
            merge.Copy(merge.Base);
        }
        else
        {
            merge.Map(new ActiveMeanMap(merge.Base, [.. merge.Models.Zip(Scales(merge))], merge.Parameters.Number(Epsilon.Name)));
        }
    }

    /// <summary>Returns the factor of what each model alone changes.</summary>
    private protected abstract IEnumerable<double> Scales(TensorMerge merge);
}
