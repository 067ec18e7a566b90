namespace LoraFederation.Rounds;

/// <summary>What updates have to have in common, by majority: the first client is no better a measure than any other.</summary>
internal static class MajorityRules
{
    /// <summary>Returns what is wrong, each problem with its client.</summary>
    public static IEnumerable<FederationProblem> Check(IReadOnlyList<ClientUpdate> updates)
    {
        IEnumerable<Fact> names = updates
            .Where(update => !string.IsNullOrEmpty(update.Adapter.Config.BaseModel))
            .Select(update => new Fact(update.ClientId, null, FederationError.BaseMismatch, $"'{update.Adapter.Config.BaseModel}'"));
        IEnumerable<Fact> kinds = updates.SelectMany(update => update.Adapter.Modules.Select(module => new Fact(
            update.ClientId, module.Path, FederationError.KindMismatch, $"{module.Kind.ToString().ToLowerInvariant()}{(module.IsTransposed ? " [in, out]" : string.Empty)}")));
        IEnumerable<Fact> shapes = updates.SelectMany(update => update.Adapter.Modules.Select(module => new Fact(
            update.ClientId, module.Path, FederationError.ShapeMismatch, $"an update of {module.UpdateShape}")));
        IEnumerable<Fact> whole = updates.SelectMany(update => update.Adapter.WholeTensors.Select(tensor => new Fact(
            update.ClientId, tensor.Key, FederationError.ShapeMismatch, $"a tensor of {tensor.Value.Shape}")));
        return names.Concat(kinds).Concat(shapes).Concat(whole).GroupBy(fact => (fact.Error, fact.Module)).SelectMany(Minority);
    }

    private static IEnumerable<FederationProblem> Minority(IEnumerable<Fact> facts)
    {
        IGrouping<string, Fact>[] opinions = [.. facts.GroupBy(fact => fact.What, StringComparer.Ordinal).OrderByDescending(group => group.Count())];
        if (opinions.Length < 2)
        {
            yield break;
        }

        bool isTied = opinions[0].Count() == opinions[1].Count();
        string count = string.Join(", ", opinions.Select(group => $"{group.Key} with {group.Count()}").Order(StringComparer.Ordinal));
        foreach (Fact fact in opinions.Skip(isTied ? 0 : 1).SelectMany(group => group))
        {
            string about = fact.Module is null ? "the base model" : $"'{fact.Module}'";
            string verdict = isTied ? "no majority says which is right" : $"most have {opinions[0].Key}";
            yield return new FederationProblem(fact.Error, $"Client '{fact.ClientId}' has {fact.What} for {about}, but {verdict} ({count}).", fact.ClientId, fact.Module);
        }
    }

    private sealed record Fact(string ClientId, string? Module, FederationError Error, string What);
}
