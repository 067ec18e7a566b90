using ModelAggregation.Merging.Recipes;
using ModelTensors.Devices;

namespace ModelAggregation.Merging.Methods;

/// <summary>SCE: selects the elements on which the task vectors vary most, calculates each model's weight from the size of what is left, and erases what disagrees with the elected sign (Wan et al. 2024, "FuseChat", section 3.3).</summary>
/// <remarks>
/// Of the elements whose variance over the models is not zero, the share <c>select_topk</c> is kept, rounded down; where that is none, the base is
/// returned. Weights are the models' shares of the sum of squares, whatever its scale; where all task vectors are zero nothing is added.
/// </remarks>
public sealed class SceMerge : MergeMethod
{
    // The reference's: a smaller sum of agreeing weights is not divided by.
    private const double SmallestDivisor = 1e-6;

    private static readonly MergeParameter SelectTopK = new("select_topk", ParameterKind.Number, 1.0)
    {
        Minimum = 0,
        Maximum = 1,
        Summary = "The share of the elements that differ between the models that is merged: those of largest variance.",
    };

    private static readonly MergeParameter Int8Mask =
        new("int8_mask", ParameterKind.Boolean, false) { Summary = "Accepted for mergekit's recipes; changes nothing." };

    /// <inheritdoc />
    public override string Name => "sce";

    /// <inheritdoc />
    public override string Summary => "Merges the elements on which the task vectors vary most, weighted by their size, where signs agree.";

    /// <inheritdoc />
    public override IReadOnlyList<MergeParameter> Parameters => [SelectTopK, TiedSelection.TieBreak, Int8Mask];

    /// <inheritdoc />
    public override BaseModelRole BaseModel => BaseModelRole.Required;

    /// <inheritdoc />
    public override int MinimumModels => 2;

    /// <inheritdoc />
    public override int Passes => 3;

    /// <inheritdoc />
    public override void Merge(TensorMerge merge)
    {
        ArgumentNullException.ThrowIfNull(merge);
        if (merge.Models.Count == 0)
        {
            merge.Copy(merge.Base);
            return;
        }

        Sparsifier kept = Select(merge);
        TaskVector[] vectors = [.. merge.Models.Select(model => new TaskVector(model, 1, kept))];
        IReadOnlyList<double> squares = merge.Session.SumSquares(vectors, merge.Base);
        double sum = squares.Sum();
        merge.Map(new TaskVectorMap(merge.Base, [.. vectors.Select((vector, i) => vector with { Weight = sum > 0 ? squares[i] / sum : 1.0 / vectors.Length })])
        {
            Consensus = Consensus.UnweightedSign,
            Normalize = true,
            SmallestDivisor = SmallestDivisor,
        });
    }

    private static Sparsifier Select(TensorMerge merge)
    {
        double share = merge.Parameters.Number(SelectTopK.Name);
        SelectionRequest request = new(SelectionKey.Variance(merge.Models), 0, TiedSelection.Rule(merge)) { ShareOfNonZero = share };
        return share < 1 ? Sparsifier.KeepSelected(merge.Session.SelectLargest([request], merge.Base)[0]) : Sparsifier.KeepAll;
    }
}
