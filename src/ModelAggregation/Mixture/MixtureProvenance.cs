using System.Text.Json;
using System.Text.Json.Nodes;
using ModelAggregation.Mixture.Execution;

namespace ModelAggregation.Mixture;

/// <summary>What a mixture was made of, as its <c>aggregation.json</c> says.</summary>
public sealed record MixtureProvenance
{
    // Prompts and file lists have some kilobytes.
    private const long LargestFile = 16L << 20;

    /// <summary>Gets the hash of the plan (<see cref="MixturePlan.Hash"/>).</summary>
    public required string PlanHash { get; init; }

    /// <summary>Gets the hash of the weights of the routers.</summary>
    public required string RoutersHash { get; init; }

    /// <summary>Gets the reference of the dense model, without where it lay.</summary>
    public required string DenseModel { get; init; }

    /// <summary>Gets the references of the experts in their order, without where they lay.</summary>
    public required IReadOnlyList<string> Experts { get; init; }

    /// <summary>Gets the recipe as YAML, to be read with <see cref="MixtureRecipe.FromYaml"/>.</summary>
    public required string Recipe { get; init; }

    /// <summary>Reads the file of a folder; null when there is none.</summary>
    /// <exception cref="MixtureException">The file is not what it should be.</exception>
    internal static MixtureProvenance? TryRead(string folder)
    {
        string path = Path.Combine(folder, ProvenanceDocument.FileName);
        return File.Exists(path) ? Read(ReadDocument(path), path) : null;
    }

    /// <summary>Reads a document.</summary>
    /// <exception cref="MixtureException">It is not what it should be.</exception>
    internal static JsonObject ReadDocument(string path)
    {
        long length = new FileInfo(path).Length;
        if (length > LargestFile)
        {
            throw Invalid(path, $"has {length} bytes; at most {LargestFile} are read");
        }

        try
        {
            JsonNode? node = JsonNode.Parse(File.ReadAllBytes(path), documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 64 });
            JsonObject document = node as JsonObject ?? throw Invalid(path, "is not a JSON object");
            // Nodes decode their texts late: writing all of them finds half a surrogate pair now.
            _ = document.ToJsonString();
            return document;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException)
        {
            throw Invalid(path, $"is not valid JSON: {error.Message}");
        }
    }

    private static MixtureProvenance Read(JsonObject document, string path)
    {
        if (document["format"] is not JsonValue value || !value.TryGetValue(out int format) || format != ProvenanceDocument.Format)
        {
            throw Invalid(path, $"has format {document["format"]?.ToJsonString() ?? "null"}; format {ProvenanceDocument.Format} is read");
        }

        return new MixtureProvenance
        {
            PlanHash = Text(document, "plan_sha256", path),
            RoutersHash = Text(document["router"] as JsonObject, "sha256", path),
            DenseModel = Text(document["dense_model"] as JsonObject, "reference", path),
            Experts = document["experts"] is JsonArray experts ? [.. experts.Select(expert => Text(expert as JsonObject, "reference", path))] : throw Invalid(path, "has no list 'experts'"),
            Recipe = Text(document, "recipe", path),
        };
    }

    private static string Text(JsonObject? owner, string key, string path) =>
        owner?[key] is JsonValue value && value.TryGetValue(out string? text) ? text : throw Invalid(path, $"has no text '{key}' where one belongs");

    private static MixtureException Invalid(string path, string what) => new([new MixtureProblem(MixtureProblemKind.NotAMixture, $"'{path}' {what}.")], path);
}
