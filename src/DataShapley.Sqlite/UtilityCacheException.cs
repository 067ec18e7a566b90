namespace DataShapley.Sqlite;

/// <summary>The error of a cache that cannot be used.</summary>
/// <param name="error">What is wrong.</param>
/// <param name="message">The same with names and values, and what to do about it.</param>
/// <param name="file">The path of the cache.</param>
/// <param name="innerException">What caused it, if anything.</param>
public sealed class UtilityCacheException(UtilityCacheError error, string message, string file, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>Gets what is wrong.</summary>
    public UtilityCacheError Error { get; } = error;

    /// <summary>Gets the path of the cache.</summary>
    public string File { get; } = file;
}
