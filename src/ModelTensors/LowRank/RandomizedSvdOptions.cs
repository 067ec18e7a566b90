namespace ModelTensors.LowRank;

/// <summary>How a <see cref="RandomizedSvd"/> is computed.</summary>
public sealed record RandomizedSvdOptions
{
    /// <summary>Gets how many directions are looked for beyond the rank that is asked for.</summary>
    /// <value>Not negative; 16 by default.</value>
    public int Oversampling
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    } = 16;

    /// <summary>Gets how often the directions are sharpened by a product with the matrix and its transpose. Each reads the matrix twice.</summary>
    /// <value>Not negative; 2 by default.</value>
    public int PowerIterations
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    } = 2;

    /// <summary>Gets the shorter side up to which a matrix is decomposed exactly.</summary>
    /// <value>Not negative; 128 by default.</value>
    public int ExactSide
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    } = 128;

    /// <summary>Gets the key of the random directions to start from.</summary>
    public PhiloxKey Key { get; init; }
}
