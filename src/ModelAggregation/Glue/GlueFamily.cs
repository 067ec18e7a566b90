namespace ModelAggregation.Glue;

/// <summary>A family of the zoo, and what became of it.</summary>
public sealed record GlueFamily
{
    /// <summary>Gets the name: that of its first model, as a name of a folder.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the models, in the order of the zoo.</summary>
    public required IReadOnlyList<string> Models { get; init; }

    /// <summary>Gets the reference of the base, or null.</summary>
    public string? Base { get; init; }

    /// <summary>Gets the models that are in what some strategy found, the base apart, in the order of the zoo.</summary>
    public required IReadOnlyList<string> Kept { get; init; }

    /// <summary>Gets the models that are in nothing that a strategy found.</summary>
    public IReadOnlyList<string> Dropped => [.. Models.Where(model => !Kept.Contains(model, StringComparer.Ordinal) && !string.Equals(model, Base, StringComparison.Ordinal))];

    /// <summary>Gets the name of its best model by the proxy set, among <see cref="GlueResult.Models"/>.</summary>
    public required string Winner { get; init; }

    /// <summary>Gets the folder of its best model, relative to the output: in <c>merged</c>, or that of a model of the zoo which no merge beats.</summary>
    public required string Folder { get; init; }

    /// <summary>Gets the searches, one for each strategy; empty for a family of one model.</summary>
    public required IReadOnlyList<GlueTrace> Searches { get; init; }
}
