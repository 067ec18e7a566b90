using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ModelAggregation;
using ModelAggregation.Evaluation;
using ModelAggregation.Glue;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Recipes;
using ModelAggregation.Mixture;
using ModelTensors.Checkpoints;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers ModelAggregation.</summary>
public static class ModelAggregationServiceCollectionExtensions
{
    /// <summary>Registers a <see cref="ModelMerger"/>, a <see cref="MixtureBuilder"/> and a <see cref="ModelGlue"/> with their model resolver and merge methods, as singletons. Registrations made before are kept.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Adjusts the settings, as in <c>o => o with { … }</c>.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddModelAggregation(
        this IServiceCollection services, Func<ModelAggregationOptions, ModelAggregationOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ModelAggregationOptions options = configure?.Invoke(new ModelAggregationOptions()) ?? new ModelAggregationOptions();
        services.TryAddSingleton<IModelResolver>(_ => new ModelResolver(options.Models));
        services.TryAddSingleton(provider =>
        {
            MergeMethodRegistry registry = MergeMethodRegistry.CreateDefault();
            foreach (MergeMethod method in options.Methods.Concat(provider.GetServices<MergeMethod>()))
            {
                registry.Add(method);
            }

            return registry;
        });
        services.TryAddSingleton(provider => new ModelMerger(
            provider.GetRequiredService<IModelResolver>(),
            provider.GetRequiredService<MergeMethodRegistry>(),
            provider.GetService<ILogger<ModelMerger>>(),
            provider.GetService<TimeProvider>()));
        services.TryAddSingleton(provider => new MixtureBuilder(
            provider.GetRequiredService<IModelResolver>(),
            provider.GetService<ILogger<MixtureBuilder>>(),
            provider.GetService<TimeProvider>()));
        services.TryAddSingleton(provider => new ModelGlue(new GlueServices
        {
            Models = provider.GetService<ILanguageModelFactory>(),
            HiddenStates = provider.GetService<IHiddenStateSourceFactory>(),
            Methods = provider.GetRequiredService<MergeMethodRegistry>(),
            Http = provider.GetService<HttpClient>(),
            Logging = provider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance,
            Time = provider.GetService<TimeProvider>() ?? TimeProvider.System,
        }));
        return services;
    }

    /// <summary>Registers a recipe under a name, as a keyed singleton: the same record that the builder and YAML make.</summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The key, as in <c>[FromKeyedServices("nightly")] MergeRecipe recipe</c>.</param>
    /// <param name="recipe">The recipe.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddMergeRecipe(this IServiceCollection services, string name, MergeRecipe recipe)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(recipe);
        return services.AddKeyedSingleton(name, recipe);
    }

    /// <summary>Registers a pipeline under a name, as a keyed singleton.</summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The key, as in <c>[FromKeyedServices("nightly")] MergePipeline pipeline</c>.</param>
    /// <param name="pipeline">The pipeline.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddMergePipeline(this IServiceCollection services, string name, MergePipeline pipeline)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(pipeline);
        return services.AddKeyedSingleton(name, pipeline);
    }
}
