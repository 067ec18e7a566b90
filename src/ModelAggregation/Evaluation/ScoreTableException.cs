using ModelTensors;

namespace ModelAggregation.Evaluation;

/// <summary>A file is no table of scores.</summary>
public sealed class ScoreTableException : ModelDataException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong, and what is expected.</param>
    /// <param name="file">The file.</param>
    /// <param name="row">The row, from 1 for the header.</param>
    public ScoreTableException(string message, string file, long row)
        : base(message, file) => Row = row;

    /// <summary>Gets the row, from 1 for the header.</summary>
    public long Row { get; }
}
