using ModelAggregation.Search;

namespace ModelAggregation.Glue;

/// <summary>How a strategy has searched a family.</summary>
public sealed record GlueTrace
{
    /// <summary>Gets the strategy's name.</summary>
    public required string Strategy { get; init; }

    /// <summary>Gets the model that it began with.</summary>
    public required string Start { get; init; }

    /// <summary>Gets the weights of what it found, where the merge has one weight for each model.</summary>
    public required IReadOnlyList<ModelShare> Shares { get; init; }

    /// <summary>Gets the models that are not in what it found.</summary>
    public required IReadOnlyList<string> Dropped { get; init; }

    /// <summary>Gets the candidates in the order in which they were tried; empty for strategies that try none by themselves.</summary>
    public required IReadOnlyList<GlueRound> Rounds { get; init; }

    /// <summary>Gets what an optimiser asked for at a time; empty for strategies without one.</summary>
    public required IReadOnlyList<SearchGeneration> Generations { get; init; }

    /// <summary>Gets the merit of each merge that was scored, in order; NaN for one that failed.</summary>
    public required IReadOnlyList<double> Merits { get; init; }
}
