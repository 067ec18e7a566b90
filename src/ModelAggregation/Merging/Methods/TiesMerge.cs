using ModelAggregation.Merging.Recipes;
using ModelTensors.Devices;

namespace ModelAggregation.Merging.Methods;

/// <summary>TIES: keeps the largest entries of each task vector, elects a sign for each element, and merges what agrees with it (Yadav et al. 2023, section 3).</summary>
/// <remarks>
/// As in the reference implementation signs are elected by weighted sums, and <c>normalize</c> divides by the sum of the weights that agree;
/// the paper, without weights, divides by their count. <c>floor(density·n)</c> elements of a tensor are kept, at least one.
/// </remarks>
public sealed class TiesMerge : TaskVectorMethod
{
    private const string LowestIndex = "lowest_index";

    private static readonly MergeParameter TieBreak = new("tie_break", ParameterKind.Text, "spread")
    {
        Choices = ["spread", LowestIndex],
        Summary = "Which of the entries that tie at the threshold are kept: evenly spread ones, or those of lowest index.",
    };

    /// <inheritdoc />
    public override string Name => "ties";

    /// <inheritdoc />
    public override string Summary => "Trims the task vectors to their largest entries, elects signs, and merges what agrees.";

    /// <inheritdoc />
    public override IReadOnlyList<MergeParameter> Parameters => [Weight, Density, Lambda, Normalize(true), Rescale(false), TieBreak, Int8Mask];

    /// <inheritdoc />
    public override int Passes => 2;

    private protected override Consensus Consensus => Consensus.WeightedSign;

    private protected override IReadOnlyList<TaskVector> Sparsify(TensorMerge merge)
    {
        long count = merge.Session.Segments.ElementCount;
        TieRule rule = string.Equals(merge.Parameters.Text(TieBreak.Name), LowestIndex, StringComparison.Ordinal) ? TieRule.LowestIndex : TieRule.Spread;
        SelectionRequest[] requests = [.. from model in merge.Models
                                          let density = DensityOf(merge, model)
                                          where density < 1
                                          select new SelectionRequest(model, Math.Max(1, (long)Math.Floor(density * count)), rule)];
        Dictionary<int, Sparsifier> sparsifiers = requests
            .Zip(requests.Length == 0 ? [] : merge.Session.SelectLargest(requests, merge.Base))
            .ToDictionary(pair => pair.First.Input, pair => Sparsifier.KeepSelected(pair.Second));
        TaskVector[] vectors = [.. merge.Models.Select(
            model => new TaskVector(model, WeightOf(merge, model), sparsifiers.GetValueOrDefault(model, Sparsifier.KeepAll)))];
        return requests.Length > 0 && merge.Parameters.Flag("rescale") ? RestoreMagnitudes(merge, vectors) : vectors;
    }
}
