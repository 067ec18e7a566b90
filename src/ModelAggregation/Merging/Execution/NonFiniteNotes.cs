using System.Text.Json.Nodes;

namespace ModelAggregation.Merging.Execution;

/// <summary>What the journal keeps of a tensor's NaN and infinities, so that a resumed merge reports them too.</summary>
internal static class NonFiniteNotes
{
    public static string? Write(IReadOnlyList<NonFiniteCount> counts) => counts.Count == 0
        ? null
        : new JsonArray([.. counts.Select(count => (JsonNode)new JsonArray(count.Model, count.Count))]).ToJsonString();

    public static IEnumerable<NonFiniteCount> Read(string tensor, string? note) => note is null
        ? []
        : JsonNode.Parse(note)!.AsArray().Select(entry => new NonFiniteCount(tensor, (string?)entry![0], (long)entry[1]!));
}
