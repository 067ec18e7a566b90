namespace DataShapley.Refinement;

/// <summary>How <see cref="HashedTfIdfEmbedder"/> embeds.</summary>
public sealed record HashedTfIdfOptions
{
    /// <summary>Gets the number of dimensions.</summary>
    /// <value>From 1 to 1,048,576; 384 by default, as many as the sentence encoder of SHED has.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is outside its range.</exception>
    public int Dimension
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 1 << 20);
            field = value;
        }
    } = 384;

    /// <summary>Gets the most words in a row that make a feature.</summary>
    /// <value>From 0, no words, to 8; 2 by default: single words and pairs.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is outside its range.</exception>
    public int WordOrder
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 8);
            field = value;
        }
    } = 2;

    /// <summary>Gets the fewest characters in a row that make a feature. They are taken within words, of which beginning and end count as a character each.</summary>
    /// <value>From 1 to 16; 3 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is outside its range.</exception>
    public int ShortestCharacters
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 16);
            field = value;
        }
    } = 3;

    /// <summary>Gets the most characters in a row that make a feature; fewer than <see cref="ShortestCharacters"/> for none.</summary>
    /// <value>From 0 to 16; 5 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is outside its range.</exception>
    public int LongestCharacters
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 16);
            field = value;
        }
    } = 5;

    /// <summary>Gets the seed of the hash: another one puts features elsewhere.</summary>
    /// <value>0 by default.</value>
    public ulong Seed { get; init; }
}
