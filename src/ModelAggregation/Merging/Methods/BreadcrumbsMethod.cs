using ModelAggregation.Merging.Recipes;
using ModelTensors.Devices;

namespace ModelAggregation.Merging.Methods;

/// <summary>
/// What the Breadcrumbs methods share: of n entries of each task vector the <c>floor(gamma·n)</c> largest are dropped as outliers and the next
/// <c>floor(density·n)</c> kept (Davari and Belilovsky 2024, "Model Breadcrumbs", section 3).
/// </summary>
/// <remarks>
/// Where so many are not left, all the others are kept, and only as many dropped as the density asks for. A gamma that drops no entry of a tensor
/// drops none; the reference then drops the whole task vector.
/// </remarks>
public abstract class BreadcrumbsMethod : TaskVectorMethod
{
    private static readonly MergeParameter Gamma = new("gamma", ParameterKind.Number, 0.01)
    {
        PerModel = true,
        Minimum = 0,
        Maximum = 1,
        Summary = "The fraction of a model's task vector, its largest entries, that is dropped.",
    };

    private protected BreadcrumbsMethod()
    {
    }

    /// <inheritdoc />
    public override IReadOnlyList<MergeParameter> Parameters =>
        [Weight, Density, Gamma, Lambda, Normalize(false), Rescale(false), TiedSelection.TieBreak, Int8Mask];

    /// <inheritdoc />
    public sealed override int Passes => 2;

    private protected sealed override IReadOnlyList<TaskVector> Sparsify(TensorMerge merge)
    {
        long count = merge.Session.Segments.ElementCount;
        TieRule rule = TiedSelection.Rule(merge);
        List<SelectionRequest> requests = [];
        foreach (int model in merge.Models.Where(model => DensityOf(merge, model) < 1))
        {
            (long dropped, long kept) = Counts(count, DensityOf(merge, model), merge.Inputs[model].Parameters.Number(Gamma.Name));
            requests.Add(new SelectionRequest(model, dropped + kept, rule));
            if (dropped > 0)
            {
                requests.Add(new SelectionRequest(model, dropped, rule));
            }
        }

        IReadOnlyList<ElementSelection> selections = requests.Count == 0 ? [] : merge.Session.SelectLargest(requests, merge.Base);
        ILookup<int, ElementSelection> byModel = selections.ToLookup(selection => selection.Key.Inputs[0]);
        TaskVector[] vectors = [.. merge.Models.Select(model => new TaskVector(model, WeightOf(merge, model), Between([.. byModel[model]])))];
        return requests.Count > 0 && merge.Parameters.Flag("rescale") ? RestoreMagnitudes(merge, vectors) : vectors;
    }

    private static Sparsifier Between(ElementSelection[] selections) => selections switch
    {
        [] => Sparsifier.KeepAll,
        [var kept] => Sparsifier.KeepSelected(kept),
        [var outer, var inner, ..] => Sparsifier.KeepBetween(outer, inner),
    };

    /// <summary>Returns how many of the largest are dropped, and how many of the next are kept.</summary>
    private static (long Dropped, long Kept) Counts(long count, double density, double gamma)
    {
        long kept = Math.Max(1, (long)Math.Floor(density * count));
        return (Math.Min((long)Math.Floor(gamma * count), count - kept), kept);
    }
}
