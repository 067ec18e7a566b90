namespace ModelAggregation.Search;

/// <summary>The error of a search that cannot begin or has no result.</summary>
public sealed class SearchException : Exception
{
    internal SearchException(SearchError error, string message, Exception? innerException = null)
        : base(message, innerException) => Error = error;

    /// <summary>Gets why.</summary>
    public SearchError Error { get; }
}
