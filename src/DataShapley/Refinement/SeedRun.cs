namespace DataShapley.Refinement;

/// <summary>What a run of SHED's public code comes to.</summary>
/// <param name="Values">The values of the proxies, in the order of <c>cluster_center_{C}.json</c>.</param>
/// <param name="Finished">The iterations that count, ascending.</param>
/// <param name="Unfinished">The iterations that are left out, ascending.</param>
public sealed record SeedRun(ValuationResult Values, IReadOnlyList<int> Finished, IReadOnlyList<SeedIteration> Unfinished);
