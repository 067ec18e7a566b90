using ModelAggregation.Search;

namespace ModelGlue;

/// <summary>What was found in one family.</summary>
/// <param name="Models">The family's models.</param>
/// <param name="Base">The model that the others were trained from, or null.</param>
/// <param name="Specialists">The models that fixed recipes merge: those that what some strategy found has in it, the base apart.</param>
/// <param name="Searches">What each strategy found.</param>
/// <param name="Merges">The scores of the candidates for the hold-out: single models, what the strategies found, and fixed recipes.</param>
internal sealed record FamilyRun(
    IReadOnlyList<string> Models, string? Base, IReadOnlyList<string> Specialists, IReadOnlyList<SearchResult> Searches, IReadOnlyList<GlueCandidate> Merges);
