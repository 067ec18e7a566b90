namespace ModelRuntime.Tokenizers.Parts;

/// <summary>What a byte-pair model does beside merging.</summary>
/// <param name="Unknown">The token of characters without one, or null.</param>
/// <param name="Prefix">What tokens inside a word begin with.</param>
/// <param name="Suffix">What tokens at the end of a word end with.</param>
/// <param name="FusesUnknown">Whether unknown characters in a row are one token.</param>
/// <param name="FallsBackToBytes">Whether characters without a token are written in tokens of bytes.</param>
/// <param name="TakesWholeWords">Whether a word that is a token is not cut first.</param>
internal sealed record BytePairSettings(int? Unknown, string Prefix, string Suffix, bool FusesUnknown, bool FallsBackToBytes, bool TakesWholeWords);
