using ModelTensors;

namespace ModelAggregation.Extraction;

/// <summary>The error of two models between which no adapter can be extracted.</summary>
public sealed class LoraExtractionException : ModelDataException
{
    /// <summary>Creates the error.</summary>
    /// <param name="error">What is wrong.</param>
    /// <param name="message">The same with names and values, and what to do about it.</param>
    /// <param name="tensorName">The tensor at fault, if any.</param>
    /// <param name="file">The file or folder at fault, if any.</param>
    public LoraExtractionException(LoraExtractionError error, string message, string? tensorName = null, string? file = null)
        : base(message, file, tensorName) => Error = error;

    /// <summary>Gets what is wrong.</summary>
    public LoraExtractionError Error { get; }
}
