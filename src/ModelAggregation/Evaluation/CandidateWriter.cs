using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Evaluation;

/// <summary>Writes candidates to folders.</summary>
internal static class CandidateWriter
{
    private const int BufferBytes = 1 << 20;

    /// <summary>Writes a model with its configuration and side files, in full or not at all.</summary>
    /// <exception cref="CheckpointException">The folder cannot be written to.</exception>
    public static void Write(TensorSet model, string? sideFiles, string folder, CancellationToken cancellationToken)
    {
        (string Name, TensorSource Source)[] tensors =
        [
            .. model.Names.Select(name => model.TryGet(name, out TensorSource? source) ? (name, source) : throw new InvalidOperationException($"The set names a tensor '{name}' and does not have it.")),
        ];

        // Tensors in memory have nothing that tells them from those of an earlier run: nothing is continued.
        StagedCheckpointOptions options = new() { Continue = false };
        using StagedCheckpoint output = StagedCheckpoint.Open(
            folder, "candidate", [.. tensors.Select(tensor => new TensorInfo(tensor.Name, tensor.Source.DataType, tensor.Source.Shape))], options);
        byte[] buffer = new byte[BufferBytes];
        foreach ((string name, TensorSource source) in tensors)
        {
            Copy(source, output.GetSink(name), buffer, cancellationToken);
            output.Complete(name);
        }

        if (model.Config is { } config)
        {
            output.WriteText("config.json", config.ToDocument().ToJsonString());
        }

        if (sideFiles is not null)
        {
            output.CopySideFiles(sideFiles);
        }

        model.EnsureUnchanged();
        output.Commit();
    }

    private static void Copy(TensorSource source, TensorSink sink, byte[] buffer, CancellationToken cancellationToken)
    {
        int size = source.DataType.Size;
        int most = buffer.Length / size;
        for (long start = 0; start < source.Shape.ElementCount; start += most)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Span<byte> tile = buffer.AsSpan(0, (int)Math.Min(most, source.Shape.ElementCount - start) * size);
            source.Read(start, tile);
            sink.Write(start, tile);
        }
    }
}
