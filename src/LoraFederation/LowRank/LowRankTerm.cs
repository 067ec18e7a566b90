using ModelTensors.Adapters;

namespace LoraFederation.LowRank;

/// <summary>One summand of a <see cref="LowRankSum"/>: <c>coefficient · B A</c>.</summary>
/// <param name="Module">The module whose factors are used, without its scaling.</param>
/// <param name="Coefficient">What multiplies the product: a client's weight times the module's scaling. Finite.</param>
public sealed record LowRankTerm(LoraModule Module, double Coefficient);
