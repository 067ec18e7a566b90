namespace ModelAggregation.Mixture.Text;

/// <summary>A whole model of a saved <see cref="RoutedModel"/>.</summary>
/// <param name="Name">The name, for statistics and messages; no two models have one.</param>
/// <param name="Folder">The folder of the model.</param>
public sealed record RoutedModelExpert(string Name, string Folder)
{
    /// <summary>Gets what the model is for, such as the tasks whose prompts were labelled with it; for people.</summary>
    /// <value>Empty by default.</value>
    public IReadOnlyList<string> Labels { get; init => field = [.. value]; } = [];

    /// <summary>Gets the hash of the content of the model's files, lower-case hexadecimal.</summary>
    /// <value>Null by default; it is computed when the routed model is saved.</value>
    public string? Identity { get; init; }
}
