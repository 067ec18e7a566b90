namespace ModelAggregation.Mixture.Text;

/// <summary>Whole models and the router that picks from them by the text, as they are saved in a folder: <c>routed.json</c> and <c>router.safetensors</c>. The models stay where they are.</summary>
public sealed record RoutedModel
{
    /// <summary>Gets the models, in the order of the router's rows. At least two.</summary>
    public required IReadOnlyList<RoutedModelExpert> Experts { get; init => field = [.. value]; }

    /// <summary>Gets the router.</summary>
    public required TextRouterSettings Router { get; init; }

    /// <summary>Gets where the routed model comes from, for people: what was merged, how the router was fitted, seeds.</summary>
    /// <value>Empty by default.</value>
    public IReadOnlyDictionary<string, string> Provenance { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}
