using System.Globalization;
using ModelSdk.Testing;

namespace DataShapley.Tests.Refinement;

/// <summary>Files as SHED's code leaves them.</summary>
internal static class SeedRunFiles
{
    /// <summary>Five proxies: all of one instruction, the first and the fourth the same record.</summary>
    public static readonly string[] Five =
    [
        "{\"instruction\": \"Answer.\", \"input\": \"caf\\u00e9?\", \"output\": \"a\"}",
        "{\"instruction\": \"Answer.\", \"input\": \"two?\", \"output\": \"b\"}",
        "{\"instruction\": \"Answer.\", \"output\": \"b\"}",
        "{\"instruction\": \"Answer.\", \"input\": \"caf\\u00e9?\", \"output\": \"a\"}",
        "{\"instruction\": \"Answer.\", \"input\": \"two?\", \"output\": \"e\"}",
    ];

    public static void WriteProxies(TestFolder folder, params string[] records) =>
        File.WriteAllText(folder[$"cluster_center_{records.Length}.json"], Array(records));

    public static void WriteIteration(TestFolder folder, int clusters, int number, IEnumerable<double> accuracies, IEnumerable<string> removed)
    {
        File.WriteAllText(
            folder[$"count_file_{clusters}_{number}.txt"],
            string.Concat(accuracies.Select(value => string.Create(CultureInfo.InvariantCulture, $"{{'dataset_name': 'it\\'s dev', 'accuracy': {value}}}\n"))));
        File.WriteAllText(folder[$"randomout_{clusters}_{number}.json"], Array(removed));
    }

    public static string Array(IEnumerable<string> records) => $"[\n {string.Join(",\n ", records)}\n]";
}
