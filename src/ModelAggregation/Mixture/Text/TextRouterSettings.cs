using ModelAggregation.Mixture.Routers;

namespace ModelAggregation.Mixture.Text;

/// <summary>A router of texts by the hidden states of a model, and what it needs to run.</summary>
public sealed record TextRouterSettings
{
    /// <summary>Gets the folder of the model whose hidden states decide; it may be one of those that are picked from.</summary>
    public required string Model { get; init; }

    /// <summary>Gets the hash of the content of the model's files, lower-case hexadecimal.</summary>
    /// <value>Null by default; it is computed when the routed model is saved.</value>
    public string? Identity { get; init; }

    /// <summary>Gets the layer at whose input the states are read, from 0.</summary>
    public required int Layer
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }

    /// <summary>Gets what a text's states are pooled to: their mean, or the last token's.</summary>
    public required RouterPooling Pooling
    {
        get;
        init => field = value is RouterPooling.Mean or RouterPooling.Last
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "Texts are routed by the mean of their tokens' states or by the last one's; the first one's is the same for all.");
    }

    /// <summary>Gets the router.</summary>
    public required Router Router { get; init; }

    /// <summary>Gets how much of a text is read: of a longer one its end.</summary>
    /// <value>In UTF-16 characters, at least 1; null by default, for as much as the model's context has room for.</value>
    public int? MaxCharacters { get; init => field = value is null or >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "At least one character is read."); }

    internal string Clip(string text)
    {
        if (MaxCharacters is not { } most || text.Length <= most)
        {
            return text;
        }

        // Not within a surrogate pair: half of one is no text.
        int start = text.Length - most;
        return text[(char.IsLowSurrogate(text[start]) && char.IsHighSurrogate(text[start - 1]) ? start + 1 : start)..];
    }
}
