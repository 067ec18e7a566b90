namespace LoraFederation;

/// <summary>What became of one module.</summary>
/// <param name="Path">The module's path in the model.</param>
/// <param name="Clients">How many clients had it.</param>
/// <param name="TotalRank">The sum of their ranks.</param>
/// <param name="Rank">The rank of the result.</param>
/// <param name="Parameters">The number of elements of the result's factors.</param>
public sealed record ModuleReport(string Path, int Clients, int TotalRank, int Rank, long Parameters)
{
    /// <summary>Gets the Frobenius norm of the difference from <c>Σ p_k s_k B_k A_k</c>, over the norm of that; an error below some 1e-8 shows as about 1e-8.</summary>
    /// <value>Null unless <see cref="AggregationRecipe.MeasuresError"/> asks for it. What single clients get in the place of the common adapter does not count.</value>
    public double? RelativeError { get; init; }
}
