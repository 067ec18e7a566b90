namespace ModelAggregation.Search;

/// <summary>A way to choose which models of a family are merged, and with which weights.</summary>
public abstract class MergeStrategy
{
    /// <summary>Gets the name, such as <c>average</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Searches.</summary>
    /// <param name="context">The models, and what scores merges of them.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>The best merge that was scored, and the way to it.</returns>
    public abstract Task<SearchResult> RunAsync(SearchContext context, CancellationToken cancellationToken = default);
}
