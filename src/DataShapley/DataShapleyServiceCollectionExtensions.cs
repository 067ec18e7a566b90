using DataShapley;
using DataShapley.Estimators;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers DataShapley.</summary>
public static class DataShapleyServiceCollectionExtensions
{
    /// <summary>Registers a <see cref="DataValuator"/> and the <see cref="EstimatorRegistry"/>, with the estimators that are registered as services, as singletons. Registrations made before are kept.</summary>
    /// <param name="services">The services.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddDataShapley(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton(provider =>
        {
            EstimatorRegistry registry = EstimatorRegistry.CreateDefault();
            foreach (Estimator estimator in provider.GetServices<Estimator>())
            {
                registry.Add(estimator);
            }

            return registry;
        });
        services.TryAddSingleton<DataValuator>();
        return services;
    }

    /// <summary>Registers a recipe under a name, as a keyed singleton.</summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The key, as in <c>[FromKeyedServices("nightly")] ValuationRecipe recipe</c>.</param>
    /// <param name="recipe">The recipe.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddValuationRecipe(this IServiceCollection services, string name, ValuationRecipe recipe)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(recipe);
        return services.AddKeyedSingleton(name, recipe);
    }
}
