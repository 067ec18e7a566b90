using Microsoft.Extensions.DependencyInjection.Extensions;
using ModelAggregation.Evaluation;
using ModelAggregation.Mixture.Text;
using ModelAggregation.Runtime;
using ModelRuntime.Tokenizers;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers ModelRuntime as what runs the models of ModelAggregation.</summary>
public static class ModelAggregationRuntimeServiceCollectionExtensions
{
    /// <summary>Registers an <see cref="ILanguageModelFactory"/>, which opens routed models as well (<see cref="RoutedModelFolder"/>), and an <see cref="IHiddenStateSourceFactory"/>, as singletons. Registrations made before are kept.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Adjusts the settings, as in <c>o => o with { … }</c>.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddRuntimeEvaluation(this IServiceCollection services, Func<RuntimeEvaluationOptions, RuntimeEvaluationOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        RuntimeEvaluationOptions options = configure?.Invoke(new RuntimeEvaluationOptions()) ?? new RuntimeEvaluationOptions();
        services.TryAddSingleton<ILanguageModelFactory>(provider => new RoutedLanguageModelFactory(
            new RuntimeLanguageModelFactory(Tokenizer(provider), options.Runtime, options.Models), provider.GetRequiredService<IHiddenStateSourceFactory>()));
        services.TryAddSingleton<IHiddenStateSourceFactory>(provider => new RuntimeHiddenStatesFactory(Tokenizer(provider), options.Runtime, options.Models));
        return services;

        ITokenizer? Tokenizer(IServiceProvider provider) => options.Tokenizer ?? provider.GetService<ITokenizer>();
    }
}
