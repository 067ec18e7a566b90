using System.Reflection;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Glue.Execution;

/// <summary>The versions that made an output.</summary>
internal static class LibraryVersions
{
    public static string Own { get; } = Of(typeof(LibraryVersions));

    public static SortedDictionary<string, string> All() => new(StringComparer.Ordinal)
    {
        [".NET"] = Environment.Version.ToString(),
        ["ModelAggregation"] = Own,
        ["ModelTensors"] = Of(typeof(TensorSet)),
    };

    private static string Of(Type type) => type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";
}
