namespace ModelRuntime.Encoders;

/// <summary>How a <see cref="DecoderEmbeddingGenerator"/> embeds.</summary>
public sealed record DecoderEmbeddingOptions
{
    /// <summary>Gets the layer whose output is averaged, counted from the last.</summary>
    /// <value>0 or more; 0 by default: the last one, after the final norm. Layers in the middle often know more of a text's meaning.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public int LayersFromLast
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }

    /// <summary>Gets whether embeddings are divided by their Euclidean length.</summary>
    /// <value>True by default.</value>
    public bool Normalizes { get; init; } = true;

    /// <summary>Gets the most tokens of a text, the one that begins it included. Longer ones are cut.</summary>
    /// <value>1 or more; 512 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public int MaxLength
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 512;

    /// <summary>Gets how many tokens go through the model at once; a longer text goes alone. It changes no bit of any embedding.</summary>
    /// <value>1 or more; 4,096 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public int BatchTokens
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 4096;
}
