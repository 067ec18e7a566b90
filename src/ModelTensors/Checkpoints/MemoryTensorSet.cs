using System.Diagnostics.CodeAnalysis;

namespace ModelTensors.Checkpoints;

/// <summary>A set of tensors that lie in memory, or that something computes. It does not own them: disposing it releases nothing.</summary>
public sealed class MemoryTensorSet : TensorSet
{
    private readonly List<string> _names = [];
    private readonly Dictionary<string, TensorSource> _sources = new(StringComparer.Ordinal);

    /// <summary>Creates an empty set.</summary>
    /// <param name="config">The model's configuration, if it has one.</param>
    public MemoryTensorSet(ModelConfig? config = null) => Config = config;

    /// <summary>Creates a set of host tensors.</summary>
    /// <param name="tensors">The tensors by name, which the caller disposes after the set is no longer used.</param>
    /// <param name="config">The model's configuration, if it has one.</param>
    /// <exception cref="ArgumentException">A name occurs twice.</exception>
    public MemoryTensorSet(IEnumerable<KeyValuePair<string, HostTensor>> tensors, ModelConfig? config = null)
        : this(config)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        foreach ((string name, HostTensor tensor) in tensors)
        {
            Add(name, tensor);
        }
    }

    /// <inheritdoc />
    public override IReadOnlyCollection<string> Names => _names;

    /// <inheritdoc />
    public override ModelConfig? Config { get; }

    /// <summary>Adds a tensor. Not while other threads use the set.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="source">The elements.</param>
    /// <exception cref="ArgumentException">The set has a tensor of that name.</exception>
    public void Add(string name, TensorSource source)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(source);
        if (!_sources.TryAdd(name, source))
        {
            throw new ArgumentException($"The set has a tensor '{name}' already.", nameof(name));
        }

        _names.Add(name);
    }

    /// <summary>Adds a host tensor, which the caller disposes after the set is no longer used.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="tensor">The tensor.</param>
    /// <exception cref="ArgumentException">The set has a tensor of that name.</exception>
    public void Add(string name, HostTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        Add(name, tensor.Source);
    }

    /// <inheritdoc />
    public override bool TryGet(string name, [NotNullWhen(true)] out TensorSource? source)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _sources.TryGetValue(name, out source);
    }
}
