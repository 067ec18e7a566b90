using System.Diagnostics.CodeAnalysis;

namespace ModelTensors.Checkpoints;

/// <summary>A named collection of tensors that are not yet read: a checkpoint on disk, or a model in memory.</summary>
public abstract class TensorSet : IDisposable
{
    /// <summary>Gets the names of the tensors, in the order in which the set stores them.</summary>
    public abstract IReadOnlyCollection<string> Names { get; }

    /// <summary>Gets the model's <c>config.json</c>, or null when it has none.</summary>
    public virtual ModelConfig? Config => null;

    /// <summary>Gets the folder whose tokenizer and other files accompany the tensors, or null for a set in memory.</summary>
    public virtual string? Folder => null;

    /// <summary>Gets what identifies the content without reading it: files with their sizes and header hashes.</summary>
    public virtual IReadOnlyList<FileIdentity> Files => [];

    /// <summary>Gets whether <see cref="Files"/> stand for all of the content: not for a model in memory, nor for one with an adapter from files.</summary>
    public virtual bool IsIdentified => Files.Count > 0;

    /// <summary>Finds a tensor.</summary>
    /// <param name="name">The tensor's name; case matters.</param>
    /// <param name="source">The tensor, valid until the set is disposed.</param>
    /// <returns>Whether the set has it.</returns>
    public abstract bool TryGet(string name, [NotNullWhen(true)] out TensorSource? source);

    /// <summary>Checks that what was opened has not been changed since. Call it after a long run, before its result is trusted.</summary>
    /// <exception cref="CheckpointException">A file was changed, replaced or removed (<see cref="CheckpointError.InputChanged"/>).</exception>
    public virtual void EnsureUnchanged()
    {
    }

    /// <summary>Releases files and memory.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases files and memory.</summary>
    /// <param name="disposing">True when called by <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}
