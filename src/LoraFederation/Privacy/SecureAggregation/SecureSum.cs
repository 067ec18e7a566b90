namespace LoraFederation.Privacy.SecureAggregation;

/// <summary>What a secure sum gives: the sums, and nothing of any one client.</summary>
/// <param name="Clients">The clients whose payloads are in it, ordered.</param>
/// <param name="Tensors">The sum of each tensor by its name: exactly the sum of the encoded numbers, rounded once to double.</param>
public sealed record SecureSum(IReadOnlyList<string> Clients, IReadOnlyDictionary<string, double[]> Tensors);
