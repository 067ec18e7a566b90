using ModelAggregation.Evaluation;
using ModelRuntime;
using ModelRuntime.Decoders;
using ModelRuntime.Tokenizers;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Runtime;

/// <summary>Loads candidates with their tokenizers.</summary>
internal static class CandidateModel
{
    /// <summary>Loads a candidate.</summary>
    /// <exception cref="RuntimeException">The model is of another kind, it has no tokenizer and none was given, or the tokenizer is not its own.</exception>
    public static (DecoderModel Model, ITokenizer Tokenizer) Open(ModelCandidate candidate, ITokenizer? given, RuntimeOptions? runtime)
    {
        ITokenizer tokenizer = given ?? TokenizerLoader.Load(candidate.SideFiles ?? throw new RuntimeException(
            RuntimeError.TokenizerInvalid, $"'{candidate.Name}' is a model in memory without side files, and no tokenizer was given: name a folder that has its tokenizer."));
        using TensorSet tensors = candidate.OpenTensors();
        DecoderModel model = DecoderModel.Load(tensors, runtime);
        if (tokenizer.VocabularySize <= model.Config.VocabularySize)
        {
            return (model, tokenizer);
        }

        int size = model.Config.VocabularySize;
        model.Dispose();
        throw new RuntimeException(
            RuntimeError.TokenizerInvalid, $"The tokenizer of '{candidate.Name}' has {tokenizer.VocabularySize} tokens, the model {size}: it is another model's.", candidate.SideFiles);
    }
}
