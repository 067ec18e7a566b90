using ModelAggregation.Merging.Recipes;

namespace ModelAggregation.Merging.Planning;

/// <summary>A run of output layers with the models it is made of, opened; <c>models:</c> is one slice over everything.</summary>
/// <param name="Sources">The models and where their layers start, the base model last if the recipe does not list it.</param>
/// <param name="FirstLayer">The first output layer.</param>
/// <param name="Length">The number of layers.</param>
/// <param name="Parameters">The parameters of the slice.</param>
internal sealed record SliceLayout(IReadOnlyList<SourceLayout> Sources, int FirstLayer, int Length, ParameterSet Parameters)
{
    /// <summary>Returns where a layer stands in the slice: 0 at the first, 1 at the last or only one.</summary>
    /// <param name="layer">The layer, counted in the slice.</param>
    public double Position(int layer) => Length > 1 ? (double)layer / (Length - 1) : 1;
}

/// <summary>One model of a slice.</summary>
/// <param name="Model">The model.</param>
/// <param name="Start">Its first layer in the slice.</param>
/// <param name="Parameters">Its parameters: the narrowest scope.</param>
internal sealed record SourceLayout(OpenModel Model, int Start, ParameterSet Parameters)
{
    /// <summary>Gets the model's statistics, if it has any that could be opened.</summary>
    public OpenModel? Statistics { get; init; }
}
