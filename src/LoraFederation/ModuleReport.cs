namespace LoraFederation;

/// <summary>What became of one module.</summary>
/// <param name="Path">The module's path in the model.</param>
/// <param name="Clients">How many clients had it.</param>
/// <param name="TotalRank">The sum of their ranks.</param>
/// <param name="Rank">The rank of the result.</param>
/// <param name="Parameters">The number of elements of the result's factors.</param>
public sealed record ModuleReport(string Path, int Clients, int TotalRank, int Rank, long Parameters);
