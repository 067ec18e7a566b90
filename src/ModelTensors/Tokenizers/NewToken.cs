namespace ModelTensors.Tokenizers;

/// <summary>A token to write into a tokenizer beside those it has.</summary>
/// <param name="Content">The token.</param>
/// <param name="Id">Its number, one that no other token has.</param>
/// <param name="Added">How it is found in the text, or null for an ordinary token.</param>
/// <param name="Score">The logarithm of its probability, which an ordinary token of a unigram tokenizer needs.</param>
public sealed record NewToken(string Content, int Id, AddedToken? Added = null, double? Score = null);
