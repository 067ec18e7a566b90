using ModelTensors.Devices;

namespace ModelAggregation.Merging.Methods;

/// <summary>Arcee Fusion: takes those elements of the other model whose change matters much, and the base model's elsewhere.</summary>
/// <remarks>
/// <para>How much a change matters is <c>|x − b| · KL(softmax x ‖ softmax b)</c>, the divergence taken for each row (the last dimension) with 1e-8
/// added to each probability. Elements from <c>median + 1.5·(q₃ − q₁)</c> on are taken, with q₁ and q₃ the quartiles over the tensor.</para>
/// <para>The method comes from mergekit; no paper describes it. There the quartiles of large tensors are those of a random sample, here they are exact.</para>
/// </remarks>
public sealed class ArceeFusionMerge : MergeMethod
{
    private const double Smoothing = 1e-8;
    private const double InterquartileFactor = 1.5;

    private static readonly double[] Fractions = [0.25, 0.5, 0.75];

    /// <inheritdoc />
    public override string Name => "arcee_fusion";

    /// <inheritdoc />
    public override string Summary => "Takes the changes of one model that matter most, and the base model elsewhere.";

    /// <inheritdoc />
    public override BaseModelRole BaseModel => BaseModelRole.Required;

    /// <inheritdoc />
    public override int MinimumModels => 2;

    /// <inheritdoc />
    public override int MaximumModels => 2;

    /// <inheritdoc />
    public override int Passes => 3;

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

        int model = merge.Models[0];
        SelectionKey importance = Importance(merge, model);
        IReadOnlyList<ElementSelection> quartiles = merge.Session.SelectLargest(
            [.. Fractions.Select(fraction => Quantile(importance, fraction, merge.Session.Segments.ElementCount))], merge.Base);
        double threshold = quartiles[1].Threshold + (InterquartileFactor * ((double)quartiles[2].Threshold - quartiles[0].Threshold));
        merge.Map(new TaskVectorMap(merge.Base, [new TaskVector(model, 1, Sparsifier.KeepAtLeast(importance, AtLeast(threshold)))]));
    }

    /// <summary>Multiplies magnitudes by the rows' divergences; divided by the largest first, which changes no order and keeps products from vanishing.</summary>
    private static SelectionKey Importance(TensorMerge merge, int model)
    {
        double[] divergences = merge.Session.RowDivergences(model, merge.Base, Smoothing);
        double largest = divergences.Where(double.IsFinite).DefaultIfEmpty(0).Max();
        return SelectionKey.ScaledMagnitude(model, Array.ConvertAll(divergences, divergence => largest > 0 ? (float)(divergence / largest) : 0));
    }

    /// <summary>Asks for the element at <c>floor(fraction·(n − 1))</c> in ascending order.</summary>
    private static SelectionRequest Quantile(SelectionKey key, double fraction, long count) => new(key, count - (long)Math.Floor(fraction * (count - 1)));

    /// <summary>Returns the smallest float that is not below a threshold; where NaN hides it, the largest.</summary>
    private static float AtLeast(double threshold)
    {
        float nearest = double.IsNaN(threshold) ? float.PositiveInfinity : (float)threshold;
        return nearest < threshold ? float.BitIncrement(nearest) : nearest;
    }
}
