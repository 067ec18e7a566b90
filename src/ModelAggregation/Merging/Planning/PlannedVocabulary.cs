using ModelTensors.Tokenizers;

namespace ModelAggregation.Merging.Planning;

/// <summary>The vocabulary of a merge whose recipe says whose it is.</summary>
public sealed record PlannedVocabulary
{
    /// <summary>Gets the reference of the model whose tokens keep their numbers, and whose tokenizer files are written.</summary>
    public required string Source { get; init; }

    /// <summary>Gets the tokens by number; null where a number has no token.</summary>
    public required IReadOnlyList<string?> Tokens { get; init; }

    /// <summary>Gets the tokens that the source does not have, in ascending order of their numbers.</summary>
    public required IReadOnlyList<NewToken> NewTokens { get; init; }

    /// <summary>Gets the rows of embeddings and heads: the tokens and padding.</summary>
    public required int RowCount { get; init; }

    /// <summary>Gets where the rows come from, for each embedding and head and each of its models.</summary>
    public IReadOnlyList<PlannedRows> Rows { get; init; } = [];
}
