using System.Text.Json.Nodes;
using ModelAggregation.Merging.Recipes;

namespace ModelAggregation.Conformance;

/// <summary>The golden data, made with the reference implementation.</summary>
internal static class Vectors
{
    public static JsonNode Load(string name) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Vectors", name)))!;

    public static ParameterValue Setting(JsonNode node) => node switch
    {
        JsonArray list when list[0] is JsonObject => new FilteredParameter(
            [.. list.Select(item => new ParameterCase(item!["filter"]?.GetValue<string>(), Setting(item["value"]!)))]),
        JsonArray list => new GradientParameter([.. list.Select(item => Scalar(item!)!.Value)]),
        _ => ParameterValue.FromScalar(Scalar(node)!.Value),
    };

    public static ParameterScalar? Scalar(JsonNode? node) => node?.GetValueKind() switch
    {
        null => null,
        System.Text.Json.JsonValueKind.True => true,
        System.Text.Json.JsonValueKind.False => false,
        System.Text.Json.JsonValueKind.String => node.GetValue<string>(),
        _ => node.GetValue<double>(),
    };
}
