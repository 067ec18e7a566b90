using ModelTensors;

namespace DataShapley.Refinement;

/// <summary>A file of embeddings is not what it should be.</summary>
public sealed class EmbeddingFileException : ModelDataException
{
    /// <summary>Creates the error.</summary>
    /// <param name="reason">What is wrong.</param>
    /// <param name="message">The same with names and values, and what to do.</param>
    /// <param name="file">The file.</param>
    /// <param name="tensorName">The tensor, if one is at fault.</param>
    public EmbeddingFileException(EmbeddingFileError reason, string message, string file, string? tensorName = null)
        : base(message, file, tensorName) => Reason = reason;

    /// <summary>Gets what is wrong.</summary>
    public EmbeddingFileError Reason { get; }
}
