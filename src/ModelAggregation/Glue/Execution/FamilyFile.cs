namespace ModelAggregation.Glue.Execution;

/// <summary>What <c>search-&lt;family&gt;.json</c> says.</summary>
/// <param name="Family">The family's name.</param>
/// <param name="Models">The models.</param>
/// <param name="Base">The base, or null.</param>
/// <param name="Proxy">The id of what selected.</param>
/// <param name="Kept">The models that are in what some strategy found.</param>
/// <param name="Singles">The models by themselves.</param>
/// <param name="Searches">What each strategy found, and how.</param>
/// <param name="Candidates">The merges that were tried beside.</param>
/// <param name="Winner">The name of the best of all of these.</param>
/// <param name="Notes">What was not done, and why.</param>
internal sealed record FamilyFile(
    string Family,
    string[] Models,
    string? Base,
    string Proxy,
    string[] Kept,
    ScoredEntry[] Singles,
    TraceEntry[] Searches,
    ScoredEntry[] Candidates,
    string Winner,
    string[] Notes)
{
    /// <summary>Gets everything that was scored by a recipe, the singles first.</summary>
    public IEnumerable<ScoredEntry> All() => [.. Singles, .. Searches.Select(search => search.Best), .. Candidates];

    /// <summary>Gets the best of all.</summary>
    public ScoredEntry Best() => All().First(entry => string.Equals(entry.Name, Winner, StringComparison.Ordinal));
}
