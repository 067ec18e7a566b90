namespace ModelAggregation.Search;

/// <summary>What a search found, and how.</summary>
public sealed record SearchResult
{
    /// <summary>Gets the strategy's name.</summary>
    public required string Strategy { get; init; }

    /// <summary>Gets the models by themselves, in the order of the zoo; those without a score are no candidates.</summary>
    public required IReadOnlyList<ScoredRecipe> Singles { get; init; }

    /// <summary>Gets the best model by itself, which a heuristic begins with.</summary>
    public required string Start { get; init; }

    /// <summary>Gets the models in the order in which a heuristic tried to merge them in.</summary>
    /// <value>Empty for a strategy that does not try one after the other.</value>
    public IReadOnlyList<SearchRound> Rounds { get; init; } = [];

    /// <summary>Gets what an optimiser asked for at a time, in order.</summary>
    /// <value>Empty for a strategy without one.</value>
    public IReadOnlyList<SearchGeneration> Generations { get; init; } = [];

    /// <summary>Gets the best merge: its recipe is of the original models, in one step, and is the one that was scored.</summary>
    public required ScoredRecipe Best { get; init; }

    /// <summary>Gets every candidate in the order of asking, the models by themselves first: those with scores and those that failed.</summary>
    public required IReadOnlyList<SearchStep> Trace { get; init; }

    /// <summary>Gets why the search ended.</summary>
    public SearchEnding Ending { get; init; }

    /// <summary>Gets the models that are not in the recipe of <see cref="Best"/>, in the order of the zoo.</summary>
    public IReadOnlyList<string> Dropped
    {
        get
        {
            HashSet<string> used = new(Best.Recipe.References(), StringComparer.Ordinal);
            return [.. Singles.Select(single => single.Shares[0].Model).Where(model => !used.Contains(model))];
        }
    }

    /// <summary>Gets how many merges this run evaluated.</summary>
    public required int Evaluated { get; init; }

    /// <summary>Gets how many scores this run took from the journal, or from an earlier search with the same object.</summary>
    public required int Reused { get; init; }
}
