namespace LoraFederation;

/// <summary>One thing that is wrong with the updates of a federation.</summary>
/// <param name="Error">What it is.</param>
/// <param name="Message">What it is in words, with names, values and what was allowed.</param>
/// <param name="ClientId">The client at fault, if it is one.</param>
/// <param name="Module">The module or tensor at fault, if it is one.</param>
public sealed record FederationProblem(FederationError Error, string Message, string? ClientId = null, string? Module = null);
