namespace ModelRuntime.Tokenizers.Parts;

/// <summary>A piece that a text is cut into before a model makes tokens of it.</summary>
/// <param name="Text">The text; not empty.</param>
/// <param name="IsFirst">Whether it begins the whole text.</param>
internal readonly record struct Piece(string Text, bool IsFirst);
