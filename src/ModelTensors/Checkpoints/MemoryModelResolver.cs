using System.Diagnostics.CodeAnalysis;
using ModelTensors.Adapters;

namespace ModelTensors.Checkpoints;

/// <summary>Finds models among given sets, then by another resolver. What it opens from the sets can be disposed without harm to them.</summary>
public sealed class MemoryModelResolver : IModelResolver
{
    private readonly Dictionary<string, TensorSet> _models;
    private readonly IModelResolver? _fallback;

    /// <summary>Creates a resolver.</summary>
    /// <param name="models">The models by name; the caller keeps and disposes them.</param>
    /// <param name="fallback">Where other names are looked for; nowhere when null.</param>
    public MemoryModelResolver(IEnumerable<KeyValuePair<string, TensorSet>> models, IModelResolver? fallback = null)
    {
        ArgumentNullException.ThrowIfNull(models);
        _models = new Dictionary<string, TensorSet>(models, StringComparer.Ordinal);
        _fallback = fallback;
    }

    /// <inheritdoc />
    public TensorSet Open(string reference)
    {
        ArgumentException.ThrowIfNullOrEmpty(reference);
        if (_models.TryGetValue(reference, out TensorSet? known))
        {
            return new BorrowedTensorSet(known);
        }

        return AdaptedReference.TrySplit(reference, out string model, out string adapter) && Knows(model)
            ? AdaptedModel.Create(Open(model), () => OpenAdapter(adapter))
            : _fallback?.Open(reference) ?? throw new CheckpointException(
                CheckpointError.NotFound, $"There is no model '{reference}' among those in memory: {string.Join(", ", _models.Keys.Order(StringComparer.Ordinal))}.");
    }

    /// <inheritdoc />
    public LoraAdapter OpenAdapter(string reference) => _fallback?.OpenAdapter(reference) ?? LoraAdapter.Open(reference);

    private bool Knows(string reference) =>
        _models.ContainsKey(reference) || (AdaptedReference.TrySplit(reference, out string model, out _) && Knows(model));

    private sealed class BorrowedTensorSet(TensorSet owner) : TensorSet
    {
        public override IReadOnlyCollection<string> Names => owner.Names;

        public override ModelConfig? Config => owner.Config;

        public override string? Folder => owner.Folder;

        public override IReadOnlyList<FileIdentity> Files => owner.Files;

        public override bool IsIdentified => owner.IsIdentified;

        public override bool TryGet(string name, [NotNullWhen(true)] out TensorSource? source) => owner.TryGet(name, out source);
    }
}
