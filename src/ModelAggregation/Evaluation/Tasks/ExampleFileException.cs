using ModelTensors;

namespace ModelAggregation.Evaluation.Tasks;

/// <summary>A file of examples has a line that is none.</summary>
public sealed class ExampleFileException : ModelDataException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong, and what is expected.</param>
    /// <param name="file">The file.</param>
    /// <param name="line">The line, from 1; 0 when it is about the whole file.</param>
    /// <param name="innerException">What caused it, if anything.</param>
    public ExampleFileException(string message, string file, long line, Exception? innerException = null)
        : base(message, file, innerException: innerException) => Line = line;

    /// <summary>Gets the line, from 1; 0 when the error is about the whole file.</summary>
    public long Line { get; }
}
