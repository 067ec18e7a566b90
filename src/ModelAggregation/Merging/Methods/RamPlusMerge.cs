using ModelAggregation.Merging.Recipes;
using ModelTensors.Devices;

namespace ModelAggregation.Merging.Methods;

/// <summary>
/// RAM+ by tensor: as <c>ram</c>, with what a model alone changes scaled by <c>1 + r·min(shared / unique, alpha)</c>, from the numbers of elements
/// that the model changes together with others and alone in that tensor (Yuan et al. 2026).
/// </summary>
public sealed class RamPlusMerge : RamMethod
{
    private static readonly MergeParameter Strength = new("r", ParameterKind.Number, 0.1) { Summary = "How much is made up for what sharing dilutes." };

    private static readonly MergeParameter Limit =
        new("alpha", ParameterKind.Number, 0.2) { Minimum = 0, Summary = "The largest ratio of shared to unique elements that is made up for." };

    /// <inheritdoc />
    public override string Name => "ramplus_tl";

    /// <inheritdoc />
    public override string Summary => "As ram, with what one model alone changes scaled up by how much else it shares.";

    /// <inheritdoc />
    public override IReadOnlyList<MergeParameter> Parameters => [Epsilon, Strength, Limit];

    /// <inheritdoc />
    public override int Passes => 2;

    private protected override IEnumerable<double> Scales(TensorMerge merge)
    {
        double epsilon = merge.Parameters.Number(Epsilon.Name);
        double strength = merge.Parameters.Number(Strength.Name);
        double limit = merge.Parameters.Number(Limit.Name);

        // A model without elements of its own has nothing to scale.
        return merge.Session.CountActive(merge.Models, merge.Base, epsilon)
            .Select(counts => counts.Unique == 0 ? 1 : 1 + (strength * Math.Min((double)counts.Shared / counts.Unique, limit)));
    }
}
