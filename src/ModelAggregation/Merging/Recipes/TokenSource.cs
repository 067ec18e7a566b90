namespace ModelAggregation.Merging.Recipes;

/// <summary>Where a token's row comes from in models that lack the token, or in all models.</summary>
public sealed record TokenSource
{
    private TokenSource()
    {
    }

    /// <summary>Gets a row of zeros (<c>{kind: zero}</c>).</summary>
    public static TokenSource Zero { get; } = new();

    /// <summary>Gets the reference of the model that has the row.</summary>
    /// <value>Null for <see cref="Zero"/>.</value>
    public string? Model { get; private init; }

    /// <summary>Gets the other token whose row it is in that model, or null.</summary>
    public string? Token { get; private init; }

    /// <summary>Gets the number of the other token, or null.</summary>
    public int? TokenId { get; private init; }

    /// <summary>Makes the row of the same token in a model (<c>source: model</c>).</summary>
    /// <param name="model">The model's reference.</param>
    public static TokenSource OfModel(string model)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(model);
        return new TokenSource { Model = model };
    }

    /// <summary>Makes the row of another token (<c>{kind: model_token, model, token}</c>).</summary>
    /// <param name="model">The model's reference.</param>
    /// <param name="token">The token, spelled as in the model's vocabulary.</param>
    public static TokenSource OfToken(string model, string token)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(model);
        ArgumentException.ThrowIfNullOrEmpty(token);
        return new TokenSource { Model = model, Token = token };
    }

    /// <summary>Makes the row of another token by its number (<c>{kind: model_token, model, token_id}</c>).</summary>
    /// <param name="model">The model's reference.</param>
    /// <param name="tokenId">The number, from 0.</param>
    public static TokenSource OfToken(string model, int tokenId)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(model);
        ArgumentOutOfRangeException.ThrowIfNegative(tokenId);
        return new TokenSource { Model = model, TokenId = tokenId };
    }

    /// <summary>Returns the source with another reference to its model.</summary>
    internal TokenSource WithModel(Func<string, string> rename) => Model is null ? this : this with { Model = rename(Model) };
}
