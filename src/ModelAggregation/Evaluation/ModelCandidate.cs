using ModelTensors.Checkpoints;

namespace ModelAggregation.Evaluation;

/// <summary>A model to evaluate: a folder, or tensors in memory that were never written to a disk. Immutable.</summary>
public sealed class ModelCandidate
{
    private ModelCandidate(string name, string? folder, TensorSet? tensors, string? sideFiles)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Name = name;
        Folder = folder;
        Tensors = tensors;
        SideFiles = sideFiles;
    }

    /// <summary>Gets the name, for results and messages.</summary>
    public string Name { get; }

    /// <summary>Gets the folder of a model on disk, or null for one in memory.</summary>
    public string? Folder { get; }

    /// <summary>Gets the tensors of a model in memory, or null for one on disk. The candidate does not own them.</summary>
    public TensorSet? Tensors { get; }

    /// <summary>Gets the folder whose tokenizer and other files go with the model: its own, or for a model in memory one that was named; null when there is none.</summary>
    public string? SideFiles { get; }

    /// <summary>Creates a candidate of a folder.</summary>
    /// <param name="folder">The folder: <c>config.json</c>, tensors, and the tokenizer if the evaluator needs one.</param>
    /// <param name="name">The name; the folder's when null.</param>
    public static ModelCandidate FromFolder(string folder, string? name = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        return new ModelCandidate(name ?? Path.GetFileName(full), full, null, full);
    }

    /// <summary>Creates a candidate of tensors, such as of a merge in memory.</summary>
    /// <param name="name">The name.</param>
    /// <param name="tensors">The tensors with their configuration; the caller disposes them after the evaluation.</param>
    /// <param name="sideFiles">The folder whose tokenizer goes with them; the set's own folder, if it has one, when null.</param>
    public static ModelCandidate FromTensors(string name, TensorSet tensors, string? sideFiles = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        return new ModelCandidate(name, null, tensors, sideFiles ?? tensors.Folder);
    }

    /// <summary>Opens the tensors, wherever they are.</summary>
    /// <returns>The tensors; the caller disposes the set, which leaves those of a model in memory as they are.</returns>
    /// <exception cref="CheckpointException">The folder is no model's.</exception>
    public TensorSet OpenTensors() => Tensors is { } tensors ? new BorrowedTensorSet(tensors) : Checkpoint.Open(Folder!);

    /// <summary>Writes the model to a folder, with its configuration and side files, in full or not at all. A model on disk is copied.</summary>
    /// <param name="folder">The folder; it does not exist, or is empty.</param>
    /// <param name="cancellationToken">Stops the writing.</param>
    /// <exception cref="CheckpointException">The model cannot be read, or the folder not be written to.</exception>
    public void Save(string folder, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        using TensorSet tensors = OpenTensors();
        CandidateWriter.Write(tensors, SideFiles, folder, cancellationToken);
    }
}
