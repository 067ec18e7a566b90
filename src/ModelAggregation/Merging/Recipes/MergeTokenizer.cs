namespace ModelAggregation.Merging.Recipes;

/// <summary>Whose vocabulary the output has; the models' embeddings and heads are brought into its order before they are merged (<c>tokenizer</c>, <c>tokenizer_source</c>).</summary>
public sealed record MergeTokenizer
{
    /// <summary>The source that takes the base model's vocabulary, without a base model the first model's.</summary>
    public const string Base = "base";

    /// <summary>The source that takes that vocabulary and adds the tokens of all other models.</summary>
    public const string Union = "union";

    /// <summary>Gets the vocabulary: <see cref="Base"/>, <see cref="Union"/> or a model's reference.</summary>
    /// <value><see cref="Union"/> by default.</value>
    public string Source { get; init; } = Union;

    /// <summary>Gets the tokens whose rows are decided one by one.</summary>
    public IReadOnlyList<MergeToken> Tokens { get; init; } = [];

    /// <summary>Gets the number that divides the number of rows.</summary>
    /// <value>
    /// From 1 to 1,048,576. Null to keep at least the rows of the model whose vocabulary it is: padding is kept unless tokens take its place;
    /// 1 for as many rows as tokens.
    /// </value>
    public int? PadToMultipleOf
    {
        get;
        init
        {
            if (value is { } multiple)
            {
                ArgumentOutOfRangeException.ThrowIfLessThan(multiple, 1);
                ArgumentOutOfRangeException.ThrowIfGreaterThan(multiple, LargestMultiple);
            }

            field = value;
        }
    }

    internal const int LargestMultiple = 1 << 20;

    /// <summary>Gets the model whose vocabulary it is, or null for <see cref="Base"/> and <see cref="Union"/>.</summary>
    internal string? SourceModel => Source is Base or Union ? null : Source;

    /// <summary>Compares everything.</summary>
    /// <param name="other">Another.</param>
    public bool Equals(MergeTokenizer? other) =>
        other is not null
        && string.Equals(Source, other.Source, StringComparison.Ordinal)
        && PadToMultipleOf == other.PadToMultipleOf
        && Tokens.SequenceEqual(other.Tokens);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Source, Tokens.Count, PadToMultipleOf);

    /// <summary>Returns the same with other references.</summary>
    internal MergeTokenizer WithModels(Func<string, string> rename) => this with
    {
        Source = SourceModel is { } model ? rename(model) : Source,
        Tokens = [.. Tokens.Select(token => token with { Source = token.Source?.WithModel(rename) })],
    };
}
