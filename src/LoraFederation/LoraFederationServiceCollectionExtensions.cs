using LoraFederation;
using LoraFederation.Aggregators;
using Microsoft.Extensions.DependencyInjection.Extensions;
using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers LoraFederation.</summary>
public static class LoraFederationServiceCollectionExtensions
{
    /// <summary>Registers a <see cref="LoraFederator"/> with its device and aggregators, as singletons. Registrations made before are kept.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Adjusts the settings, as in <c>o => o with { … }</c>.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddLoraFederation(this IServiceCollection services, Func<LoraFederationOptions, LoraFederationOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        LoraFederationOptions options = configure?.Invoke(new LoraFederationOptions()) ?? new LoraFederationOptions();
        if (options.Device is { } device)
        {
            // A device that was handed in stays the caller's: an instance is not disposed by the container.
            services.TryAddSingleton(device);
        }

        services.TryAddSingleton<TensorDevice>(_ => new CpuDevice());
        services.TryAddSingleton(provider =>
        {
            LoraAggregatorRegistry registry = LoraAggregatorRegistry.CreateDefault();
            foreach (LoraAggregator aggregator in options.Aggregators.Concat(provider.GetServices<LoraAggregator>()))
            {
                registry.Add(aggregator);
            }

            return registry;
        });
        services.TryAddSingleton(provider => new LoraFederator(provider.GetRequiredService<TensorDevice>()));
        return services;
    }

    /// <summary>Registers a recipe under a name, as a keyed singleton.</summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The key, as in <c>[FromKeyedServices("nightly")] AggregationRecipe recipe</c>.</param>
    /// <param name="recipe">The recipe.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddAggregationRecipe(this IServiceCollection services, string name, AggregationRecipe recipe)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(recipe);
        return services.AddKeyedSingleton(name, recipe);
    }
}
