using System.Text.Json.Nodes;
using ModelRuntime.Tokenizers.Parts;
using ModelTensors;
using ModelTensors.Checkpoints;
using ModelTensors.Tokenizers;

namespace ModelRuntime.Tokenizers;

/// <summary>Loads the tokenizer of a model's folder.</summary>
public static class TokenizerLoader
{
    private const string WholeFile = "tokenizer.json";
    private const string WordFile = "vocab.txt";

    /// <summary>Loads a tokenizer from <c>tokenizer.json</c>, or WordPiece from <c>vocab.txt</c> where there is none.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>The tokenizer: byte-level BPE (GPT-2, Llama 3, Qwen 2 and 3), SentencePiece-style BPE (Llama 2, Mistral) or WordPiece (BERT).</returns>
    /// <remarks>
    /// The result is that of Hugging Face's tokenizers, but for characters that Unicode has added or put into another class since the tables that those were built with, such as U+1DF7 and
    /// U+1E001: which of them are letters, marks, digits or punctuation is said by .NET's tables, which are newer. Truncation and padding, which a file may ask for too, are left to the caller: they belong to a batch.
    /// A folder without tokenizer files gives an error: a <see cref="CharacterTokenizer"/> or <see cref="ByteTokenizer"/> is the caller's to choose.
    /// </remarks>
    /// <exception cref="RuntimeException">
    /// The files are missing or not what they should be (<see cref="RuntimeError.TokenizerInvalid"/>), or ask for what the engine does not have, such as unigram models (<see cref="RuntimeError.Unsupported"/>).
    /// </exception>
    public static ITokenizer Load(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        try
        {
            if (TokenizerFiles.TryReadDocument(folder, WholeFile) is { } document)
            {
                return FromDocument(folder, document, Path.Combine(folder, WholeFile));
            }

            return File.Exists(Path.Combine(folder, WordFile)) ? BertVocabulary.Load(folder, Path.Combine(folder, WordFile)) : throw Missing(folder);
        }
        catch (CheckpointException error)
        {
            throw new RuntimeException(RuntimeError.TokenizerInvalid, error.Message, error.File, innerException: error);
        }
    }

    private static PipelineTokenizer FromDocument(string folder, JsonObject document, string path)
    {
        Vocabulary vocabulary = Vocabulary.Read(document, path);
        TokenizerPart model = TokenizerPart.TryRead(document, "model", path)!;
        TokenizerParts parts = new(
            Normalizers.Read(TokenizerPart.TryRead(document, "normalizer", path)),
            PreTokenizers.Read(TokenizerPart.TryRead(document, "pre_tokenizer", path)),
            vocabulary.Kind switch
            {
                VocabularyKind.BytePair => BytePairModel.Read(model),
                VocabularyKind.WordPiece => WordPieceModel.Read(model),
                _ => throw model.Unsupported($"is a {vocabulary.Kind} tokenizer"),
            },
            SequenceTemplate.Read(TokenizerPart.TryRead(document, "post_processor", path), vocabulary.Tokens.Count),
            TokenJoiners.Read(TokenizerPart.TryRead(document, "decoder", path)));
        return new PipelineTokenizer(vocabulary.Tokens, vocabulary.AddedTokens, parts, SpecialTokens.Read(folder, vocabulary));
    }

    private static RuntimeException Missing(string folder) => new(
        RuntimeError.TokenizerInvalid,
        $"'{folder}' has neither a '{WholeFile}' nor a '{WordFile}'. Save the tokenizer there with transformers, which writes one, or make a {nameof(CharacterTokenizer)} or {nameof(ByteTokenizer)} if the model's tokens are characters or bytes.",
        folder);
}
