namespace ModelTensors.Tokenizers;

/// <summary>The model that a tokenizer's ordinary tokens belong to.</summary>
public enum VocabularyKind
{
    /// <summary>Byte-pair encoding: tokens are made by merges.</summary>
    BytePair,

    /// <summary>WordPiece, the longest piece first.</summary>
    WordPiece,

    /// <summary>Whole words.</summary>
    WordLevel,

    /// <summary>A unigram language model: every token has a score.</summary>
    Unigram,

    /// <summary>A SentencePiece file, which may be either of byte-pair encoding and unigram.</summary>
    SentencePiece,
}
