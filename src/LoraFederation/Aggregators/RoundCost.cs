namespace LoraFederation.Aggregators;

/// <summary>What a round costs for one module.</summary>
/// <param name="Upload">The parameters that each client sends, in the order of the ranks.</param>
/// <param name="Download">The parameters that each client receives, in the same order.</param>
/// <param name="ServerOperations">The server's floating-point operations, leading terms.</param>
public sealed record RoundCost(IReadOnlyList<long> Upload, IReadOnlyList<long> Download, double ServerOperations);
