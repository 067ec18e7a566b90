using ModelRuntime.Decoders;
using ModelRuntime.Tokenizers;

namespace ModelAggregation.Runtime;

/// <summary>Checks that a tokenizer is a model's.</summary>
internal static class VocabularyCheck
{
    /// <summary>A model may have rows for tokens that its tokenizer does not use, as many do to have a round number; not the other way round.</summary>
    /// <exception cref="ArgumentException">The tokenizer has more tokens than the model.</exception>
    public static void Fits(DecoderModel model, ITokenizer tokenizer)
    {
        if (tokenizer.VocabularySize > model.Config.VocabularySize)
        {
            throw new ArgumentException($"The tokenizer has {tokenizer.VocabularySize} tokens, the model {model.Config.VocabularySize}: it is another model's.", nameof(tokenizer));
        }
    }
}
