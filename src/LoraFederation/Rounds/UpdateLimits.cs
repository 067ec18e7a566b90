namespace LoraFederation.Rounds;

/// <summary>What one update may be at most: it comes from somebody else, and is checked before it is believed.</summary>
public sealed record UpdateLimits
{
    /// <summary>Gets the greatest rank of a module.</summary>
    /// <value>At least 1; 1024 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is less than 1.</exception>
    public int MaxRank
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 1024;

    /// <summary>Gets the greatest number of bytes of the adapter's files.</summary>
    /// <value>At least 1; 16 GiB by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is less than 1.</exception>
    public long MaxBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 16L << 30;

    /// <summary>Gets the greatest number of examples that a client may say it has: with weights by examples, more would decide alone.</summary>
    /// <value>At least 1; 10¹² by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is less than 1.</exception>
    public long MaxExamples
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 1_000_000_000_000;
}
