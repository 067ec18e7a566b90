using ModelAggregation.Evaluation;
using ModelRuntime;
using ModelRuntime.Decoders;
using ModelRuntime.Tokenizers;

namespace ModelAggregation.Runtime;

/// <summary>Opens candidates in ModelRuntime: Llama-family models, from folders or from memory, each with weights of its own.</summary>
public sealed class RuntimeLanguageModelFactory : ILanguageModelFactory
{
    private readonly ITokenizer? _tokenizer;
    private readonly RuntimeOptions? _runtime;
    private readonly RuntimeLanguageModelOptions _options;

    /// <summary>Creates the factory.</summary>
    /// <param name="tokenizer">The tokenizer of all candidates; when null, each candidate's own, loaded from <see cref="ModelCandidate.SideFiles"/>.</param>
    /// <param name="runtime">Where to compute; the defaults when null.</param>
    /// <param name="options">The settings; the defaults when null.</param>
    public RuntimeLanguageModelFactory(ITokenizer? tokenizer = null, RuntimeOptions? runtime = null, RuntimeLanguageModelOptions? options = null)
    {
        _tokenizer = tokenizer;
        _runtime = runtime;
        _options = options ?? new RuntimeLanguageModelOptions();
        string whose = tokenizer is null ? "own" : $"{tokenizer.GetType().Name}-{TokenizerFingerprint.Of(tokenizer)}";
        Id = $"runtime-{whose}{(_options.AddsBeginToken ? "-begin" : string.Empty)}";
    }

    /// <inheritdoc />
    /// <remarks>Of a tokenizer that is given, its type and what it does, as far as some texts and the text of each token show it. A candidate's own is the candidate's: a search records its files with the scores.</remarks>
    public string Id { get; }

    /// <inheritdoc />
    /// <exception cref="RuntimeException">The model is of another kind, or it has no tokenizer and none was given.</exception>
    public ValueTask<ILanguageModel> OpenAsync(ModelCandidate candidate, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        cancellationToken.ThrowIfCancellationRequested();
        (DecoderModel model, ITokenizer tokenizer) = CandidateModel.Open(candidate, _tokenizer, _runtime);
        return ValueTask.FromResult<ILanguageModel>(new RuntimeLanguageModel(model, tokenizer, _options));
    }
}
