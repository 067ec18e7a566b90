using ModelAggregation.Merging.Recipes;
using ModelTensors.Devices;

namespace ModelAggregation.Merging.Methods;

/// <summary>
/// Moves the base model towards another, element by element, the more the nearer both are: <c>w·x + (1 − w)·b</c> with <c>w = min(1, t / |x − b|)</c>
/// (alchemonaut 2024, the merge of QuartetAnemoi).
/// </summary>
public sealed class NearSwapMerge : MergeMethod
{
    private static readonly MergeParameter Distance =
        new("t", ParameterKind.Number) { Summary = "The distance up to which elements become the other model's entirely." };

    /// <inheritdoc />
    public override string Name => "nearswap";

    /// <inheritdoc />
    public override string Summary => "Takes elements of another model where they are near the base model's.";

    /// <inheritdoc />
    public override IReadOnlyList<MergeParameter> Parameters => [Distance];

    /// <inheritdoc />
    public override BaseModelRole BaseModel => BaseModelRole.Required;

    /// <inheritdoc />
    public override int MinimumModels => 2;

    /// <inheritdoc />
    public override int MaximumModels => 2;

    /// <inheritdoc />
    public override void Merge(TensorMerge merge)
    {
        ArgumentNullException.ThrowIfNull(merge);
        if (merge.Models.Count == 0)
        {
            merge.Copy(merge.Base);
        }
        else
        {
            merge.Map(new NearSwapMap(merge.Base, merge.Models[0], merge.Parameters.Number(Distance.Name)));
        }
    }
}
