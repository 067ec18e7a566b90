namespace ModelTensors.Tokenizers;

/// <summary>A token beside a tokenizer's ordinary ones, found in the text before it is cut into these.</summary>
/// <param name="Content">The text.</param>
public sealed record AddedToken(string Content)
{
    /// <summary>Gets whether the token is for control, and left out of decoded text.</summary>
    public bool IsSpecial { get; init; }

    /// <summary>Gets whether it is found as a whole word only.</summary>
    public bool IsSingleWord { get; init; }

    /// <summary>Gets whether it takes the white space before it.</summary>
    public bool StripsLeft { get; init; }

    /// <summary>Gets whether it takes the white space after it.</summary>
    public bool StripsRight { get; init; }

    /// <summary>Gets whether it is looked for in the normalized text.</summary>
    public bool IsNormalized { get; init; }
}
