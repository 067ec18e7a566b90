using ModelTensors.Adapters;

namespace ModelTensors.Checkpoints;

/// <summary>Finds models in folders and in the Hugging Face cache. It downloads nothing.</summary>
public sealed class ModelResolver : IModelResolver
{
    private readonly ModelResolverOptions _options;
    private readonly HubCache _hub;

    /// <summary>Creates a resolver.</summary>
    /// <param name="options">Where to look; the defaults when null.</param>
    public ModelResolver(ModelResolverOptions? options = null)
    {
        _options = options ?? new ModelResolverOptions();
        _hub = new HubCache(_options.HubCache ?? DefaultHubCache(Environment.GetEnvironmentVariable));
    }

    /// <inheritdoc />
    /// <exception cref="CheckpointException">The model is in none of the places, which the message lists, or is not readable.</exception>
    /// <exception cref="AdapterException">The adapter of <c>model+adapter</c> is unsupported, or does not fit the model.</exception>
    public TensorSet Open(string reference)
    {
        ArgumentException.ThrowIfNullOrEmpty(reference);
        // A folder whose own name has a plus is meant before any adapter.
        if (Find(reference, []) is null && AdaptedReference.TrySplit(reference, out string model, out string adapter))
        {
            return AdaptedModel.Create(Open(model), () => OpenAdapter(adapter));
        }

        return Checkpoint.Open(Locate(reference, "model"), _options.Checkpoint);
    }

    /// <inheritdoc />
    /// <exception cref="CheckpointException">The adapter is in none of the places, which the message lists.</exception>
    /// <exception cref="AdapterException">The adapter is unsupported.</exception>
    public LoraAdapter OpenAdapter(string reference)
    {
        ArgumentException.ThrowIfNullOrEmpty(reference);
        return LoraAdapter.Open(Locate(reference, "adapter"), _options.Checkpoint);
    }

    /// <summary>Works out the root of the Hugging Face cache as its own tools do.</summary>
    internal static string DefaultHubCache(Func<string, string?> environment)
    {
        if (environment("HF_HUB_CACHE") is { Length: > 0 } cache)
        {
            return cache;
        }

        string home = environment("HF_HOME") is { Length: > 0 } named
            ? named
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "huggingface");
        return Path.Combine(home, "hub");
    }

    private string Locate(string reference, string what)
    {
        List<string> places = [];
        return Find(reference, places) ?? throw new CheckpointException(
            CheckpointError.NotFound, $"There is no {what} '{reference}'. Looked for {string.Join(", ", places)}.", reference);
    }

    private string? Find(string reference, List<string> places)
    {
        foreach (string path in Paths(reference))
        {
            if (Directory.Exists(path) || File.Exists(path))
            {
                return path;
            }

            places.Add($"the path '{path}'");
        }

        return _hub.Find(reference, places);
    }

    private IEnumerable<string> Paths(string reference) =>
        Path.IsPathRooted(reference)
            ? [Path.GetFullPath(reference)]
            : _options.BaseFolders.Select(folder => Path.GetFullPath(Path.Combine(folder, reference)));
}
