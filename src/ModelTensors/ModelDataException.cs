namespace ModelTensors;

/// <summary>The base of errors about data: a file, a checkpoint or a tensor that is not what it should be. Misuse of the API is an <see cref="ArgumentException"/> instead.</summary>
public abstract class ModelDataException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">What is wrong, with names and values, and what to do about it.</param>
    /// <param name="file">The file at fault, if any.</param>
    /// <param name="tensorName">The tensor at fault, if any.</param>
    /// <param name="innerException">What caused it, if anything.</param>
    protected ModelDataException(string message, string? file = null, string? tensorName = null, Exception? innerException = null)
        : base(message, innerException)
    {
        File = file;
        TensorName = tensorName;
    }

    /// <summary>Gets the path of the file at fault, if the error is about one.</summary>
    public string? File { get; }

    /// <summary>Gets the name of the tensor at fault, if the error is about one.</summary>
    public string? TensorName { get; }
}
