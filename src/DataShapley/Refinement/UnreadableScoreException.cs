namespace DataShapley.Refinement;

/// <summary>A command ended well, but gave no value.</summary>
/// <param name="message">What is wrong, and what to do.</param>
/// <param name="text">What it gave instead; at most its first 200 characters.</param>
/// <param name="innerException">What brought it about.</param>
public sealed class UnreadableScoreException(string message, string text, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>Gets what the command gave instead; at most its first 200 characters.</summary>
    public string Text { get; } = text;
}
