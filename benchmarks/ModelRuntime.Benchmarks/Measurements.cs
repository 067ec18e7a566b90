namespace ModelRuntime.Benchmarks;

/// <summary>What can be measured, by name.</summary>
internal static class Measurements
{
    private static readonly SortedDictionary<string, Action<int, bool>> All = new(StringComparer.Ordinal)
    {
        ["forward"] = ForwardRatios.Run,
        ["generate"] = GenerationSpeed.Run,
        ["mixture"] = MixtureRatios.Run,
        ["training"] = TrainingRatios.Run,
    };

    public static IEnumerable<string> Names => All.Keys;

    public static IReadOnlyList<Action<int, bool>> Choose(string[] verbs, bool isQuick) => verbs switch
    {
        [] when isQuick => [.. All.Values],
        [string name] when All.TryGetValue(name, out Action<int, bool>? run) => [run],
        _ => [],
    };
}
