namespace ModelRuntime.Tokenizers.Parts;

/// <summary>A part of a text, in UTF-16 units.</summary>
internal readonly record struct TextRange(int Start, int End);
