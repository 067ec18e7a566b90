using System.Diagnostics.CodeAnalysis;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Evaluation;

/// <summary>The tensors of somebody else: disposing it releases nothing.</summary>
internal sealed class BorrowedTensorSet(TensorSet owner) : TensorSet
{
    public override IReadOnlyCollection<string> Names => owner.Names;

    public override ModelConfig? Config => owner.Config;

    public override string? Folder => owner.Folder;

    public override IReadOnlyList<FileIdentity> Files => owner.Files;

    public override bool IsIdentified => owner.IsIdentified;

    public override bool TryGet(string name, [NotNullWhen(true)] out TensorSource? source) => owner.TryGet(name, out source);

    public override void EnsureUnchanged() => owner.EnsureUnchanged();
}
