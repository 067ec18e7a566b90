namespace ModelAggregation.Glue.Execution;

/// <summary>What <c>manifest.json</c> says: how the output came to be, and what of it is complete.</summary>
internal sealed record GlueManifest
{
    public const string FileName = "manifest.json";
    public const string Kind = "modelaggregation.glue";
    public const int Latest = 1;

    public required string Format { get; init; }

    public required int Version { get; init; }

    /// <summary>Gets the recipe as YAML, without threads and workers, which change nothing.</summary>
    public required string Recipe { get; init; }

    /// <summary>Gets the folder that the recipe's paths start from, relative to the output folder.</summary>
    public required string RecipeFolder { get; init; }

    public required ulong Seed { get; init; }

    public required SortedDictionary<string, string> Versions { get; init; }

    /// <summary>Gets the id of what selects.</summary>
    public required string Proxy { get; init; }

    /// <summary>Gets the id of what reports.</summary>
    public required string HoldOut { get; init; }

    public required InputRecord[] Inputs { get; init; }

    public required StageRecord[] Stages { get; init; }
}
