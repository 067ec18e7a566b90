namespace ModelAggregation.Merging.Recipes;

/// <summary>The layers of one model in a slice: from <paramref name="Start"/> up to, not including, <paramref name="End"/>.</summary>
/// <param name="Model">The model's reference.</param>
/// <param name="Start">The first layer, 0 or more.</param>
/// <param name="End">The layer after the last; more than <paramref name="Start"/>.</param>
/// <param name="Parameters">The parameters of this source: the narrowest scope.</param>
public sealed record MergeSliceSource(string Model, int Start, int End, ParameterSet Parameters)
{
    /// <summary>Gets the reference of the checkpoint with statistics of this model (<c>statistics</c>), for methods that weigh by them.</summary>
    /// <value>Null by default.</value>
    public string? Statistics { get; init; }
}
