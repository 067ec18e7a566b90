using ModelRuntime;
using ModelRuntime.Tokenizers;

namespace ModelAggregation.Runtime;

/// <summary>The settings of <see cref="Microsoft.Extensions.DependencyInjection.ModelAggregationRuntimeServiceCollectionExtensions.AddRuntimeEvaluation"/>.</summary>
public sealed record RuntimeEvaluationOptions
{
    /// <summary>Gets the tokenizer of all models.</summary>
    /// <value>Null by default: the <see cref="ITokenizer"/> that is registered, or else each model's own.</value>
    public ITokenizer? Tokenizer { get; init; }

    /// <summary>Gets where to compute.</summary>
    /// <value>The CPU with all processors by default.</value>
    public RuntimeOptions Runtime { get; init; } = new();

    /// <summary>Gets how models are asked.</summary>
    public RuntimeLanguageModelOptions Models { get; init; } = new();
}
