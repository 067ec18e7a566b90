using DataShapley.Games;
using DataShapley.Runtime;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection.Extensions;
using ModelRuntime;
using ModelRuntime.Encoders;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the engine with DataShapley.</summary>
public static class DataShapleyRuntimeServiceCollectionExtensions
{
    /// <summary>Registers an encoder as the generator of embeddings, as a singleton that is loaded when it is first asked for. A registration made before is kept.</summary>
    /// <param name="services">The services.</param>
    /// <param name="folder">The folder of a BERT-family model with its tokenizer.</param>
    /// <param name="options">Where to compute; the defaults when null.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddEncoderEmbeddings(this IServiceCollection services, string folder, RuntimeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        services.TryAddSingleton<IEmbeddingGenerator<string, Embedding<float>>>(_ => EncoderEmbeddingGenerator.Load(folder, options: options));
        return services;
    }

    /// <summary>Registers a fine-tuned score as the utility under a name, as a keyed singleton that is made when it is first asked for.</summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The key, as in <c>[FromKeyedServices("tasks")] IUtility utility</c>.</param>
    /// <param name="create">Makes the utility.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddFineTuneUtility(this IServiceCollection services, string name, Func<IServiceProvider, FineTuneUtility> create)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(create);
        return services.AddKeyedSingleton<IUtility>(name, (provider, _) => create(provider));
    }
}
