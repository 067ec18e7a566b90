using ModelTensors;

namespace DataShapley.Refinement;

/// <summary>A refinement cannot go on.</summary>
/// <param name="reason">Why.</param>
/// <param name="message">What is wrong, and what to do.</param>
/// <param name="file">The file at fault, if one is.</param>
/// <param name="innerException">What brought it about.</param>
/// <param name="line">The line of the file, from 1; 0 where the error is about no line.</param>
public sealed class RefinementException(RefinementError reason, string message, string? file = null, Exception? innerException = null, long line = 0)
    : ModelDataException(message, file, innerException: innerException)
{
    /// <summary>Gets why.</summary>
    public RefinementError Reason { get; } = reason;

    /// <summary>Gets the line of the file, from 1; 0 where the error is about no line.</summary>
    public long Line { get; } = line;
}
