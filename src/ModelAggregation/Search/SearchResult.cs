namespace ModelAggregation.Search;

/// <summary>What a search found, and how.</summary>
public sealed record SearchResult
{
    /// <summary>Gets the strategy's name.</summary>
    public required string Strategy { get; init; }

    /// <summary>Gets the models by themselves, in the order of the zoo; those without a score are no candidates.</summary>
    public required IReadOnlyList<ScoredRecipe> Singles { get; init; }

    /// <summary>Gets the model that the search began with: the best by itself.</summary>
    public required string Start { get; init; }

    /// <summary>Gets the candidates in the order in which they were tried.</summary>
    public required IReadOnlyList<SearchRound> Rounds { get; init; }

    /// <summary>Gets the best merge: its recipe is of the original models, in one step, and is the one that was scored.</summary>
    public required ScoredRecipe Best { get; init; }

    /// <summary>Gets how many merges this run evaluated.</summary>
    public required int Evaluated { get; init; }

    /// <summary>Gets how many scores this run took from the journal, or from an earlier search with the same object.</summary>
    public required int Reused { get; init; }
}
