using System.Text.Json;

namespace DataShapley.Tests;

/// <summary>Exact values of small games, made by brute force in rational arithmetic.</summary>
internal static class Oracles
{
    private static readonly JsonDocument Document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Vectors", "oracles.json")));

    public static JsonElement Root => Document.RootElement;

    /// <summary>Reads a list of numbers, each with its fraction before it: <c>["1/2", 0.5]</c>.</summary>
    public static double[] Numbers(JsonElement list) => [.. list.EnumerateArray().Select(pair => pair[1].GetDouble())];

    public static double[] Plain(JsonElement list) => [.. list.EnumerateArray().Select(number => number.GetDouble())];
}
