using ModelTensors;

namespace ModelRuntime;

/// <summary>The error of a model, tokenizer or training that the engine cannot run.</summary>
public sealed class RuntimeException : ModelDataException
{
    /// <summary>Creates the error.</summary>
    /// <param name="error">The kind.</param>
    /// <param name="message">What is wrong, with names and values, and what to do about it.</param>
    /// <param name="file">The file at fault, if any.</param>
    /// <param name="tensorName">The tensor at fault, if any.</param>
    /// <param name="innerException">What caused it, if anything.</param>
    public RuntimeException(RuntimeError error, string message, string? file = null, string? tensorName = null, Exception? innerException = null)
        : base(message, file, tensorName, innerException) => Error = error;

    /// <summary>Gets the kind.</summary>
    public RuntimeError Error { get; }
}
