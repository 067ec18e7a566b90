using ModelRuntime.Tokenizers;

namespace ModelAggregation.Runtime;

/// <summary>The settings of a <see cref="RuntimeLanguageModel"/>.</summary>
public sealed record RuntimeLanguageModelOptions
{
    /// <summary>Gets whether what the tokenizer puts before texts (<see cref="ITokenizer.PrefixTokens"/>), mostly the token that begins a sequence, is put before each.</summary>
    /// <value>True by default.</value>
    public bool AddsBeginToken { get; init; } = true;

    /// <summary>Gets how many tokens go through the model at once. It changes speed and memory, and no bit of any result.</summary>
    /// <value>At least 1; 2048 by default. A longer text goes alone.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public int BatchTokens
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 2048;
}
