using ModelAggregation.Merging.Recipes;
using ModelTensors.Devices;

namespace ModelAggregation.Merging.Methods;

/// <summary>TIES: keeps the largest entries of each task vector, elects a sign for each element, and merges what agrees with it (Yadav et al. 2023, section 3).</summary>
/// <remarks>
/// By default signs are elected by weighted sums, and <c>normalize</c> divides by the sum of the weights that agree, as mergekit does;
/// <c>sign: unweighted</c> with <c>divisor: count</c> is what PEFT does and, without weights, the paper. <c>floor(density·n)</c> elements of a tensor are kept, at least one.
/// </remarks>
public sealed class TiesMerge : TaskVectorMethod
{
    /// <inheritdoc />
    public override string Name => "ties";

    /// <inheritdoc />
    public override string Summary => "Trims the task vectors to their largest entries, elects signs, and merges what agrees.";

    /// <inheritdoc />
    public override IReadOnlyList<MergeParameter> Parameters =>
        [Weight, Density, Lambda, Normalize(true), Rescale(false), SignElection.Sign, SignElection.Divisor, TiedSelection.TieBreak, Int8Mask];

    /// <inheritdoc />
    public override int Passes => 2;

    private protected override bool ElectsSigns => true;

    private protected override IReadOnlyList<TaskVector> Sparsify(TensorMerge merge)
    {
        long count = merge.Session.Segments.ElementCount;
        TieRule rule = TiedSelection.Rule(merge);
        SelectionRequest[] requests = [.. from model in merge.Models
                                          let density = DensityOf(merge, model)
                                          where density < 1
                                          select new SelectionRequest(model, Math.Max(1, (long)Math.Floor(density * count)), rule)];
        Dictionary<int, Sparsifier> sparsifiers = requests
            .Zip(requests.Length == 0 ? [] : merge.Session.SelectLargest(requests, merge.Base))
            .ToDictionary(pair => pair.First.Key.Inputs[0], pair => Sparsifier.KeepSelected(pair.Second));
        TaskVector[] vectors = [.. merge.Models.Select(
            model => new TaskVector(model, WeightOf(merge, model), sparsifiers.GetValueOrDefault(model, Sparsifier.KeepAll)))];
        return requests.Length > 0 && merge.Parameters.Flag("rescale") ? RestoreMagnitudes(merge, vectors) : vectors;
    }
}
