namespace ModelAggregation.Merging.Recipes;

/// <summary>A token whose rows a recipe decides. If no tokenizer has it, it is added.</summary>
/// <param name="Token">The token, spelled as in the vocabularies.</param>
/// <param name="Source">Where its row comes from in models that lack it, or null for the usual rule.</param>
/// <param name="IsForced">Whether models that have the token take that row too (<c>force</c>).</param>
public sealed record MergeToken(string Token, TokenSource? Source = null, bool IsForced = false);
