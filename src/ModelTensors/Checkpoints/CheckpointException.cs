namespace ModelTensors.Checkpoints;

/// <summary>The error of a checkpoint that cannot be read, or an output that cannot be written.</summary>
public sealed class CheckpointException : ModelDataException
{
    /// <summary>Creates the error.</summary>
    /// <param name="error">What is wrong.</param>
    /// <param name="message">The same with names and values, and what to do about it.</param>
    /// <param name="file">The path of the file or folder at fault, if any.</param>
    /// <param name="tensorName">The tensor at fault, if any.</param>
    /// <param name="bytesNeeded">The bytes that did not fit, for <see cref="CheckpointError.DiskFull"/>.</param>
    /// <param name="innerException">What caused it, if anything.</param>
    public CheckpointException(
        CheckpointError error,
        string message,
        string? file = null,
        string? tensorName = null,
        long? bytesNeeded = null,
        Exception? innerException = null)
        : base(message, file, tensorName, innerException)
    {
        Error = error;
        BytesNeeded = bytesNeeded;
    }

    /// <summary>Gets what is wrong.</summary>
    public CheckpointError Error { get; }

    /// <summary>Gets the bytes that did not fit on the disk; null for other errors than <see cref="CheckpointError.DiskFull"/>.</summary>
    public long? BytesNeeded { get; }
}
