using ModelAggregation.Mixture.Execution;
using ModelAggregation.Mixture.Planning;
using ModelAggregation.Mixture.Routers;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Mixture;

/// <summary>A mixture in a folder, of this library, of Model-GLUE, of mergekit-moe or a plain Mixtral, with its experts stored in either way.</summary>
public sealed class MixtureCheckpoint : IDisposable
{
    private MixtureCheckpoint(Checkpoint tensors, MixtureShape shape, MixtureProvenance? provenance)
    {
        Tensors = tensors;
        Shape = shape;
        Provenance = provenance;
    }

    /// <summary>Gets the tensors, with the configuration.</summary>
    public TensorSet Tensors { get; }

    /// <summary>Gets the level. Where the configuration does not say it, it follows from <c>model_type</c> and from where the routers stand.</summary>
    public MixtureLevel Level => Shape.Level;

    /// <summary>Gets how experts of feed-forward blocks are stored.</summary>
    public MixtureLayout Layout => Shape.Layout;

    /// <summary>Gets the number of layers, L.</summary>
    public int LayerCount => Shape.LayerCount;

    /// <summary>Gets the number of dense layers, K.</summary>
    public int DenseLayerCount => Shape.DenseLayerCount;

    /// <summary>Gets the number of experts, E.</summary>
    public int ExpertCount => Shape.ExpertCount;

    /// <summary>Gets how many experts compute for a token or a sequence, k.</summary>
    public int ExpertsPerToken => Shape.ExpertsPerToken;

    /// <summary>Gets what a router decides for.</summary>
    public RouterInput Input => Shape.Input;

    /// <summary>Gets what a prompt is pooled to where routers decide for whole sequences.</summary>
    public RouterPooling Pooling => Shape.Pooling;

    /// <summary>Gets the kind of the routers.</summary>
    public RouterKind RouterKind => Shape.Router;

    /// <summary>Gets what stands before the names of each router's tensors.</summary>
    public IReadOnlyList<string> RouterPaths => Shape.RouterPaths;

    /// <summary>Gets what the mixture was made of, or null for one of another program.</summary>
    public MixtureProvenance? Provenance { get; }

    internal MixtureShape Shape { get; }

    /// <summary>Opens a mixture. Only headers and configuration are read.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="options">How to open it; the defaults when null.</param>
    /// <returns>The mixture; the caller disposes it.</returns>
    /// <exception cref="MixtureException">It is no mixture, or one that is not what its configuration says; the error lists every problem.</exception>
    /// <exception cref="CheckpointException">The folder is no model's, or is not readable.</exception>
    public static MixtureCheckpoint Open(string folder, CheckpointOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Checkpoint tensors = Checkpoint.Open(folder, options ?? new CheckpointOptions());
        try
        {
            return new MixtureCheckpoint(tensors, MixtureShapeReader.Read(tensors, folder), MixtureProvenance.TryRead(folder));
        }
        catch
        {
            tensors.Dispose();
            throw;
        }
    }

    /// <summary>Reads the routers.</summary>
    /// <returns>A router for each mixed layer in ascending order, at model level one.</returns>
    /// <exception cref="RouterException">Their tensors are not those of routers.</exception>
    public IReadOnlyList<Router> ReadRouters() => [.. RouterPaths.Select(path => Router.FromTensors(RouterKind, Tensors, path))];

    /// <summary>Closes the files.</summary>
    public void Dispose() => Tensors.Dispose();
}
