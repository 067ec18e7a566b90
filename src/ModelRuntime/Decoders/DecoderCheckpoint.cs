using System.Text.Json;
using ModelTensors;
using ModelTensors.Checkpoints;
using ModelTensors.Devices.Cpu;

namespace ModelRuntime.Decoders;

/// <summary>Writes models as folders that the engine, and every reader of Hugging Face folders, opens again.</summary>
public static class DecoderCheckpoint
{
    // There is nothing to continue: a model is written in one go.
    private const string Mark = "decoder";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Writes a model: <c>config.json</c> and <c>model.safetensors</c>, without factors of LoRA. The folder appears when all is written.</summary>
    /// <param name="model">The model; it stays as it is.</param>
    /// <param name="folder">The folder. It does not exist or is empty, unless overwriting is asked for.</param>
    /// <param name="dataType">The type of all tensors: F32, F16 or BF16.</param>
    /// <param name="overwrite">Whether a checkpoint that is there already is replaced.</param>
    /// <param name="cancellationToken">Stops between tensors; nothing is left under the name.</param>
    /// <exception cref="ArgumentException">The type is another.</exception>
    /// <exception cref="CheckpointException">The output may not or cannot be written there.</exception>
    public static void Save(DecoderModel model, string folder, DataType dataType = DataType.BF16, bool overwrite = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string word = dataType switch
        {
            DataType.F32 => "float32",
            DataType.F16 => "float16",
            DataType.BF16 => "bfloat16",
            _ => throw new ArgumentException($"A model is written as F32, F16 or BF16, not as {dataType}.", nameof(dataType)),
        };
        using MemoryTensorSet tensors = model.ToTensorSet();
        List<(TensorSource Source, TensorInfo Output)> all = [];
        foreach (string name in tensors.Names)
        {
            if (tensors.TryGet(name, out TensorSource? source))
            {
                all.Add((source, new TensorInfo(name, dataType, source.Shape)));
            }
        }

        StagedCheckpointOptions options = new() { Overwrite = overwrite, Continue = false };
        using StagedCheckpoint output = StagedCheckpoint.Open(folder, Mark, [.. all.Select(tensor => tensor.Output)], options);
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 1 });
        foreach ((TensorSource source, TensorInfo info) in all)
        {
            cancellationToken.ThrowIfCancellationRequested();
            device.Convert(source, output.GetSink(info.Name));
            output.Complete(info.Name);
        }

        output.WriteText("config.json", model.Config.ToModelConfig(word).ToDocument().ToJsonString(Indented) + "\n");
        output.Commit();
    }
}
