namespace ModelTensors.Safetensors;

/// <summary>The error of a safetensors file that is not what it claims to be.</summary>
public sealed class SafetensorsException : ModelDataException
{
    /// <summary>Creates the error.</summary>
    /// <param name="error">What is wrong.</param>
    /// <param name="message">The same with names and values.</param>
    /// <param name="file">The path of the file, if the bytes came from one.</param>
    /// <param name="tensorName">The tensor at fault, if any.</param>
    /// <param name="offset">The byte in the file at which the error shows, if one can be named.</param>
    /// <param name="innerException">What caused it, if anything.</param>
    public SafetensorsException(
        SafetensorsError error,
        string message,
        string? file = null,
        string? tensorName = null,
        long? offset = null,
        Exception? innerException = null)
        : base(file is null ? message : $"{file}: {message}", file, tensorName, innerException)
    {
        Error = error;
        Offset = offset;
    }

    /// <summary>Gets what is wrong.</summary>
    public SafetensorsError Error { get; }

    /// <summary>Gets the byte in the file at which the error shows, if one can be named.</summary>
    public long? Offset { get; }
}
