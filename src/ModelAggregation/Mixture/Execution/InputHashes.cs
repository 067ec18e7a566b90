using ModelAggregation.Merging.Execution;
using ModelAggregation.Merging.Planning;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Mixture.Execution;

/// <summary>The hashes of whole input files, each file read once: an expert is often the dense model too, or an expert twice.</summary>
/// <param name="isWanted">Whether files are read for it.</param>
/// <param name="cancellationToken">Stops the reading.</param>
internal sealed class InputHashes(bool isWanted, CancellationToken cancellationToken)
{
    private readonly Dictionary<string, string> _known = new(StringComparer.Ordinal);

    /// <summary>Returns the SHA-256 of a file of a model, or null where it is not wanted.</summary>
    public string? Of(PlannedModel model, FileIdentity file)
    {
        if (!isWanted)
        {
            return null;
        }

        string path = file.Path ?? Path.Combine(model.Tensors.Folder!, file.Name);
        if (!_known.TryGetValue(path, out string? hash))
        {
            hash = ModelCard.Hash(path, cancellationToken);
            _known.Add(path, hash);
        }

        return hash;
    }
}
