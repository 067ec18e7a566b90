namespace ModelRuntime.Encoders;

/// <summary>How an <see cref="EncoderEmbeddingGenerator"/> embeds.</summary>
public sealed record EncoderEmbeddingOptions
{
    /// <summary>Gets how the hidden states of a text become one vector.</summary>
    /// <value><see cref="EncoderPooling.Mean"/> by default.</value>
    public EncoderPooling Pooling { get; init; }

    /// <summary>Gets whether embeddings are divided by their Euclidean length.</summary>
    /// <value>True by default.</value>
    public bool Normalizes { get; init; } = true;

    /// <summary>Gets the most tokens of a text, special ones included. Longer ones are cut; the token that ends a sequence is kept.</summary>
    /// <value>2 or more; null by default: as many as the model has positions for, which it is never above.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 2.</exception>
    public int? MaxLength
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value ?? int.MaxValue, 2, nameof(value));
            field = value;
        }
    }

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
