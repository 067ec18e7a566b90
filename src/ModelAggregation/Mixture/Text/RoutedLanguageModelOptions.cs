namespace ModelAggregation.Mixture.Text;

/// <summary>The settings of a <see cref="RoutedLanguageModel"/>. None of them changes an answer.</summary>
public sealed record RoutedLanguageModelOptions
{
    /// <summary>Gets whether a model that was opened stays open.</summary>
    /// <value>True by default.</value>
    /// <remarks>
    /// Models are opened when a text first goes to them. With true, memory holds the router's model and in the end all others, and each is opened once. With false, it holds the router's model and one
    /// other at a time: the texts of a call are answered model after model, and each call opens again what it needs.
    /// </remarks>
    public bool KeepsModelsOpen { get; init; } = true;

    /// <summary>Gets whether the files of a saved routed model are compared with their hashes before they are opened.</summary>
    /// <value>True by default; each file is read once more then.</value>
    public bool VerifiesModels { get; init; } = true;

    /// <summary>Gets what is told where texts went, when a routed model is disposed.</summary>
    /// <value>Null by default.</value>
    public IProgress<TextRoutingStatistics>? Statistics { get; init; }
}
