using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Mixture.Execution;
using ModelAggregation.Mixture.Planning;
using ModelAggregation.Mixture.Routers;
using ModelTensors;
using ModelTensors.Checkpoints;
using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;

namespace ModelAggregation.Mixture;

/// <summary>Builds mixtures of experts: plans a recipe, and writes the mixture to a folder or lends it as tensors that lie nowhere. Safe to use from several threads.</summary>
/// <remarks>The bytes of a mixture depend on the plan and the routers alone: not on threads, nor on whether it is written or lent.</remarks>
/// <example>
/// <code>
/// MixtureBuilder builder = new();
/// using MixturePlan plan = builder.Plan(MixtureRecipe.Load("mixture.yml"));
/// builder.Write(plan, routers, "models/mixture");
/// </code>
/// </example>
public sealed class MixtureBuilder
{
    private readonly IModelResolver _resolver;
    private readonly ILogger<MixtureBuilder> _logger;
    private readonly TimeProvider _time;

    /// <summary>Creates a builder.</summary>
    /// <param name="resolver">Opens the models that recipes name; by default folders relative to the current one, then the Hugging Face cache.</param>
    /// <param name="logger">Receives warnings and the start and end of writing.</param>
    /// <param name="time">Measures times; the system's clock by default.</param>
    public MixtureBuilder(IModelResolver? resolver = null, ILogger<MixtureBuilder>? logger = null, TimeProvider? time = null)
    {
        _resolver = resolver ?? new ModelResolver();
        _logger = logger ?? NullLogger<MixtureBuilder>.Instance;
        _time = time ?? TimeProvider.System;
    }

    /// <summary>Plans a recipe: opens the models, reads their headers, and reports every problem at once.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="cancellationToken">Stops the planning.</param>
    /// <returns>The plan; the caller disposes it.</returns>
    /// <exception cref="MixtureException">The models cannot be mixed so; the error lists every problem.</exception>
    public MixturePlan Plan(MixtureRecipe recipe, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        return MixturePlanner.Plan(recipe, _resolver, cancellationToken);
    }

    /// <summary>Estimates the most working memory that writing a plan takes, beside what the runtime itself takes. It does not grow with the tensors beyond a bound.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="options">How it will be written; the defaults when null.</param>
    /// <returns>The bytes.</returns>
    public static long EstimateMemory(MixturePlan plan, MixtureOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        options ??= new MixtureOptions();
        using CpuDevice? own = options.Device is null ? TensorCopies.CreateDevice(options) : null;
        TensorDevice device = options.Device ?? own!;
        return plan.Tensors
            .SelectMany(tensor => tensor.Inputs)
            .Select(input => device.EstimateMemory([input.Source], plan.OutputDataType))
            .DefaultIfEmpty()
            .Max();
    }

    /// <summary>Writes a mixture: tensors, <c>config.json</c>, the dense model's tokenizer, the recipe, a model card, and <c>aggregation.json</c> with where all comes from. An interrupted run of the same plan, routers and inputs is continued, unless inputs are in memory.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="routers">A router for each mixed layer in ascending order, at model level one; none when all layers are dense.</param>
    /// <param name="folder">The output folder; it appears when the mixture is complete.</param>
    /// <param name="options">How to write; the defaults when null.</param>
    /// <param name="progress">Told how far the writing is, from any thread.</param>
    /// <param name="cancellationToken">Stops between tiles; what is complete stays for a later run to continue.</param>
    /// <exception cref="ArgumentException">The routers are not those that the plan asks for.</exception>
    /// <exception cref="Merging.MergeDataException">The output folder is a model's, or weights are not finite in the output's type.</exception>
    /// <exception cref="CheckpointException">The output cannot be written there, or an input has changed meanwhile.</exception>
    public MixtureReport Write(
        MixturePlan plan,
        IReadOnlyList<Router> routers,
        string folder,
        MixtureOptions? options = null,
        IProgress<MixtureProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        MixtureContent content = MixtureContent.Of(plan, routers);
        return new MixtureWriter(_logger, _time).Write(plan, content, Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)), options ?? new MixtureOptions(), progress, cancellationToken);
    }

    /// <summary>Lends a mixture as tensors that are made while they are read: nothing is copied, and nothing touches a disk.</summary>
    /// <param name="plan">The plan; it is disposed after the set is no longer used.</param>
    /// <param name="routers">A router for each mixed layer in ascending order, at model level one; none when all layers are dense.</param>
    /// <returns>The tensors, with the bytes that <see cref="Write"/> would write, and the configuration; the caller disposes the set, which leaves the plan as it is.</returns>
    /// <exception cref="ArgumentException">The routers are not those that the plan asks for.</exception>
    public static TensorSet Open(MixturePlan plan, IReadOnlyList<Router> routers)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return new MixtureTensorSet(plan, MixtureContent.Of(plan, routers));
    }
}
