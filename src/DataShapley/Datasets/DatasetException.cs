using ModelTensors;

namespace DataShapley.Datasets;

/// <summary>A data set is not what it should be.</summary>
public sealed class DatasetException : ModelDataException
{
    /// <summary>Creates the error.</summary>
    /// <param name="reason">What is wrong.</param>
    /// <param name="message">The same with names and values, and what to do.</param>
    /// <param name="file">The file, or the name of the stream.</param>
    /// <param name="line">The line, from 1; 0 where there is none.</param>
    /// <param name="offset">The byte, from 0, of the content once unpacked; null where there is none.</param>
    /// <param name="column">The column of a table, if one is at fault.</param>
    /// <param name="innerException">What caused it, if anything.</param>
    public DatasetException(
        DatasetError reason, string message, string file, long line = 0, long? offset = null, string? column = null, Exception? innerException = null)
        : base(message, file, innerException: innerException)
    {
        Reason = reason;
        Line = line;
        Offset = offset;
        Column = column;
    }

    /// <summary>Gets what is wrong.</summary>
    public DatasetError Reason { get; }

    /// <summary>Gets the line, from 1; 0 where the error is about no line.</summary>
    public long Line { get; }

    /// <summary>Gets the byte, from 0, of the content once unpacked; null where the error is about no byte.</summary>
    public long? Offset { get; }

    /// <summary>Gets the name of the column at fault, if one is.</summary>
    public string? Column { get; }
}
