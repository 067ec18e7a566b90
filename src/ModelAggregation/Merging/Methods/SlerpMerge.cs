using ModelAggregation.Merging.Recipes;
using ModelTensors.Devices;

namespace ModelAggregation.Merging.Methods;

/// <summary>Spherical linear interpolation from the base model to the other (Shoemake 1985), each tensor taken as one vector.</summary>
/// <remarks>
/// One pass reads the two norms and the inner product, a second writes the interpolation of the unnormalised tensors. Nearly parallel or
/// antiparallel tensors are interpolated linearly.
/// </remarks>
public sealed class SlerpMerge : MergeMethod
{
    // The reference's thresholds: beyond them the angle says nothing that can be computed with.
    private const double SmallestNorm = 1e-8;
    private const double LargestCosine = 0.9995;

    private static readonly MergeParameter Position =
        new("t", ParameterKind.Number) { Summary = "Where between the base model (0) and the other (1); beyond both is allowed." };

    /// <inheritdoc />
    public override string Name => "slerp";

    /// <inheritdoc />
    public override string Summary => "Spherical interpolation between the base model and one other.";

    /// <inheritdoc />
    public override IReadOnlyList<MergeParameter> Parameters => [Position];

    /// <inheritdoc />
    public override BaseModelRole BaseModel => BaseModelRole.Required;

    /// <inheritdoc />
    public override int MinimumModels => 2;

    /// <inheritdoc />
    public override int MaximumModels => 2;

    /// <inheritdoc />
    public override int Passes => 2;

    /// <inheritdoc />
    public override bool KeepsBaseRows => false;

    /// <inheritdoc />
    public override void Merge(TensorMerge merge)
    {
        ArgumentNullException.ThrowIfNull(merge);
        if (merge.Models.Count == 0)
        {
            merge.Copy(merge.Base);
            return;
        }

        int from = merge.Base;
        int to = merge.Models[0];
        (double fromWeight, double toWeight) = Weights(merge.Session.Gram([from, to]), merge.Parameters.Number(Position.Name));
        merge.Map(new WeightedSumMap((from, fromWeight), (to, toWeight)));
    }

    private static (double From, double To) Weights(GramMatrix gram, double t)
    {
        double norms = Divisor(gram.Norm(0)) * Divisor(gram.Norm(1));
        double cosine = gram[0, 1] / norms;
        if (!(Math.Abs(cosine) <= LargestCosine))
        {
            return (1 - t, t);
        }

        double angle = Math.Acos(cosine);
        double sine = Math.Sin(angle);
        return (Math.Sin((1 - t) * angle) / sine, Math.Sin(t * angle) / sine);
    }

    // A tensor of next to nothing keeps its length instead of being blown up to one.
    private static double Divisor(double norm) => norm > SmallestNorm ? norm : 1;
}
