namespace ModelRuntime.Tokenizers.Parts;

/// <summary>What a tokenizer is made of.</summary>
/// <param name="Normalize">Changes text before it is cut.</param>
/// <param name="PreTokenizers">Cut it into pieces, one after the other.</param>
/// <param name="Model">Makes tokens of pieces.</param>
/// <param name="Template">Says what stands around them.</param>
/// <param name="Join">Puts the texts of tokens together.</param>
internal sealed record TokenizerParts(
    Func<string, string> Normalize,
    IReadOnlyList<PreTokenizer> PreTokenizers,
    ITokenModel Model,
    SequenceTemplate Template,
    Func<List<string>, string> Join);
