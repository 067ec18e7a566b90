using ModelAggregation.Evaluation;
using ModelRuntime;
using ModelRuntime.Decoders;
using ModelRuntime.Tokenizers;

namespace ModelAggregation.Runtime;

/// <summary>Opens models in ModelRuntime to read their hidden states.</summary>
public sealed class RuntimeHiddenStatesFactory : IHiddenStateSourceFactory
{
    private readonly ITokenizer? _tokenizer;
    private readonly RuntimeOptions? _runtime;
    private readonly RuntimeLanguageModelOptions? _options;

    /// <summary>Creates the factory.</summary>
    /// <param name="tokenizer">The tokenizer of all models; when null, each model's own, loaded from <see cref="ModelCandidate.SideFiles"/>.</param>
    /// <param name="runtime">Where to compute; the defaults when null.</param>
    /// <param name="options">The settings; the defaults when null.</param>
    public RuntimeHiddenStatesFactory(ITokenizer? tokenizer = null, RuntimeOptions? runtime = null, RuntimeLanguageModelOptions? options = null)
    {
        _tokenizer = tokenizer;
        _runtime = runtime;
        _options = options;
        string whose = tokenizer is null ? "own" : $"{tokenizer.GetType().Name}-{TokenizerFingerprint.Of(tokenizer)}";
        Id = $"states-{whose}{((options ?? new RuntimeLanguageModelOptions()).AddsBeginToken ? "-begin" : string.Empty)}";
    }

    /// <inheritdoc />
    /// <remarks>Of a tokenizer that is given, its type and what it does, as far as some texts and the text of each token show it. A model's own is the model's.</remarks>
    public string Id { get; }

    /// <inheritdoc />
    /// <exception cref="RuntimeException">The model is of another kind, or it has no tokenizer and none was given.</exception>
    public ValueTask<IHiddenStateSource> OpenAsync(ModelCandidate model, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        cancellationToken.ThrowIfCancellationRequested();
        (DecoderModel decoder, ITokenizer tokenizer) = CandidateModel.Open(model, _tokenizer, _runtime);
        return ValueTask.FromResult<IHiddenStateSource>(new RuntimeHiddenStates(decoder, tokenizer, _options));
    }
}
