using ModelTensors;

namespace RunKit;

/// <summary>The error of a journal that cannot be continued.</summary>
public sealed class JournalException : ModelDataException
{
    /// <summary>Creates the error.</summary>
    /// <param name="error">What is wrong.</param>
    /// <param name="message">The same with names and values, and what to do about it.</param>
    /// <param name="file">The path of the journal.</param>
    /// <param name="offset">Where in the file, in bytes; null where that says nothing.</param>
    /// <param name="innerException">What caused it, if anything.</param>
    public JournalException(JournalError error, string message, string file, long? offset = null, Exception? innerException = null)
        : base(message, file, null, innerException)
    {
        Error = error;
        Offset = offset;
    }

    /// <summary>Gets what is wrong.</summary>
    public JournalError Error { get; }

    /// <summary>Gets the offset in the file of the line at fault, in bytes; null where that says nothing.</summary>
    public long? Offset { get; }
}
