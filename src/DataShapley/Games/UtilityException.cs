namespace DataShapley.Games;

/// <summary>A coalition has no value.</summary>
public sealed class UtilityException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="message">What happened, and what to do.</param>
    /// <param name="utility">The utility's id.</param>
    /// <param name="coalition">The coalition.</param>
    /// <param name="innerException">What the utility threw.</param>
    public UtilityException(UtilityError reason, string message, string utility, Coalition coalition, Exception? innerException = null)
        : base(message, innerException)
    {
        Reason = reason;
        Utility = utility;
        Coalition = coalition;
    }

    /// <summary>Gets why.</summary>
    public UtilityError Reason { get; }

    /// <summary>Gets the utility's id.</summary>
    public string Utility { get; }

    /// <summary>Gets the coalition.</summary>
    public Coalition Coalition { get; }
}
