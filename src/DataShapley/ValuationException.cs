namespace DataShapley;

/// <summary>A valuation cannot be made.</summary>
/// <param name="reason">Why.</param>
/// <param name="message">What is wrong, and what to do.</param>
/// <param name="innerException">What brought it about.</param>
public sealed class ValuationException(ValuationError reason, string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>Gets why.</summary>
    public ValuationError Reason { get; } = reason;
}
