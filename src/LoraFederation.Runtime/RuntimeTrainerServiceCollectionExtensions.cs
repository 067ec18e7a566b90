using LoraFederation.Rounds;
using LoraFederation.Runtime;
using Microsoft.Extensions.DependencyInjection.Extensions;
using ModelRuntime.Training;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the engine as the trainer of federated runs.</summary>
public static class RuntimeTrainerServiceCollectionExtensions
{
    /// <summary>Registers a <see cref="RuntimeTrainer"/> as the <see cref="ILocalTrainer"/>, a singleton. Registrations made before are kept.</summary>
    /// <param name="services">The services.</param>
    /// <param name="data">Returns a client's examples; asked from several threads.</param>
    /// <param name="configure">Adjusts the settings, as in <c>o => o with { … }</c>.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddRuntimeTrainer(
        this IServiceCollection services,
        Func<IServiceProvider, string, IReadOnlyList<TrainingExample>> data,
        Func<RuntimeTrainerOptions, RuntimeTrainerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(data);
        RuntimeTrainerOptions options = configure?.Invoke(new RuntimeTrainerOptions()) ?? new RuntimeTrainerOptions();
        services.TryAddSingleton(provider => new RuntimeTrainer(client => data(provider, client), options));
        services.TryAddSingleton<ILocalTrainer>(provider => provider.GetRequiredService<RuntimeTrainer>());
        return services;
    }
}
