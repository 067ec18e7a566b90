namespace ModelRuntime.Generation;

/// <summary>How a model goes on with prompts.</summary>
public sealed record GenerationOptions
{
    /// <summary>Gets the most tokens that are generated for a prompt.</summary>
    /// <value>At least 1; 64 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public int MaxNewTokens
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 64;

    /// <summary>Gets what logits are divided by before a token is drawn.</summary>
    /// <value>Not negative and finite; 0 by default: the likeliest token is taken, of equals the one with the lowest number.</value>
    /// <exception cref="ArgumentOutOfRangeException">The temperature is negative or not finite.</exception>
    public double Temperature
    {
        get;
        init
        {
            if (!double.IsFinite(value) || value < 0)
            {
                throw new ArgumentOutOfRangeException(nameof(value), value, "A temperature is not negative and finite.");
            }

            field = value;
        }
    }

    /// <summary>Gets the probability that the tokens have together of which one is drawn, the likeliest first (nucleus sampling: Holtzman et al. 2019, arXiv 1904.09751).</summary>
    /// <value>In (0, 1]; 1 by default: all tokens.</value>
    /// <exception cref="ArgumentOutOfRangeException">The probability is outside (0, 1].</exception>
    public double TopP
    {
        get;
        init
        {
            if (!(value is > 0 and <= 1))
            {
                throw new ArgumentOutOfRangeException(nameof(value), value, "A top-p is above 0 and at most 1.");
            }

            field = value;
        }
    } = 1;

    /// <summary>Gets the number of likeliest tokens of which one is drawn; <see cref="TopP"/> is a share of what these have together.</summary>
    /// <value>At least 1; null by default: all tokens.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public int? TopK
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value ?? 1, 1, nameof(value));
            field = value;
        }
    }

    /// <summary>Gets the tokens that end a sequence; they belong to it.</summary>
    /// <value>Null by default: those of the model's configuration. Empty for none.</value>
    public IReadOnlyList<int>? EndTokens { get; init; }

    /// <summary>Gets what else ends a sequence: told the tokens that were generated for a prompt, after each of them.</summary>
    /// <value>Null by default: nothing else.</value>
    public Func<IReadOnlyList<int>, bool>? EndsWhen { get; init; }

    /// <summary>Gets the seed of what is drawn. A draw is a function of the seed, the prompt's number and the token's: the batch changes nothing.</summary>
    /// <value>0 by default.</value>
    public ulong Seed { get; init; }
}
