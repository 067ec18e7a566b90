using System.Globalization;

namespace ModelAggregation.Mixture.Routers;

/// <summary>How well the routers of a mixture can tell its experts apart.</summary>
public sealed class RouterDiagnostics
{
    /// <summary>The condition number above which mergekit-moe calls a router degenerate.</summary>
    public const double LargestConditionNumber = 5.0;

    private RouterDiagnostics(RouterDiagnosis[] layers) => Layers = layers;

    /// <summary>Gets the diagnosis of each router, by layer.</summary>
    public IReadOnlyList<RouterDiagnosis> Layers { get; }

    /// <summary>Gets whether any router is degenerate.</summary>
    public bool IsDegenerate => Layers.Any(layer => layer.IsDegenerate);

    /// <summary>Gets a sentence for each degenerate router.</summary>
    public IReadOnlyList<string> Warnings => [.. Layers.Where(layer => layer.IsDegenerate).Select(Describe)];

    /// <summary>Diagnoses routers.</summary>
    /// <param name="routers">The routers, by layer.</param>
    /// <param name="firstLayer">The layer of the first of them.</param>
    public static RouterDiagnostics Of(IReadOnlyList<Router> routers, int firstLayer = 0)
    {
        ArgumentNullException.ThrowIfNull(routers);
        return new RouterDiagnostics([.. routers.Select((router, index) => RouterDiagnosis.Of(router, firstLayer + index))]);
    }

    private static string Describe(RouterDiagnosis layer)
    {
        List<string> findings = [];
        if (layer.ZeroRows.Count > 0)
        {
            findings.Add($"no weights for expert {string.Join(", ", layer.ZeroRows)}");
        }

        if (layer.IdenticalRows.Count > 0)
        {
            findings.Add($"equal weights for experts {string.Join(", ", layer.IdenticalRows.Select(pair => $"{pair.First} and {pair.Second}"))}");
        }

        if (!(layer.ConditionNumber <= LargestConditionNumber))
        {
            findings.Add(string.Create(CultureInfo.InvariantCulture, $"a condition number of {layer.ConditionNumber:G4}, above {LargestConditionNumber}"));
        }

        return $"The router of layer {layer.Layer} tells experts apart badly: it has {string.Join(", ", findings)}. Give the experts prompts that differ more, or fit the router.";
    }
}
