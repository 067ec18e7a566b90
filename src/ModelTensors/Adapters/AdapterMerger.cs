using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ModelTensors.Checkpoints;
using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;

namespace ModelTensors.Adapters;

/// <summary>Merges LoRA adapters into a model and writes it as a checkpoint, tensor by tensor: nothing of a tensor's size is held in memory.</summary>
/// <remarks>
/// <para>Weights become <c>W + s·B·A</c>, with DoRA <c>m/‖W + s·B·A‖ · (W + s·B·A)</c>; see <see cref="AdaptedModel"/>. Several adapters are merged one after the
/// other. All is added up in float and rounded once, to the type that is written. The bytes are the same for any number of threads.</para>
/// <para>An interrupted run is continued by the next of the same model, adapters and output, unless something of it is in memory.</para>
/// </remarks>
/// <param name="resolver">Finds the models and adapters that are named; by default folders relative to the current one, then the Hugging Face cache.</param>
public sealed class AdapterMerger(IModelResolver? resolver = null)
{
    // Whole rows of the widest weights: the packed factors are gone through once for all rows of a tile.
    private const int TileElements = 1 << 18;

    private readonly IModelResolver _resolver = resolver ?? new ModelResolver();

    /// <summary>Merges adapters into a model.</summary>
    /// <param name="model">The model, as the resolver knows it.</param>
    /// <param name="adapters">The adapters, at least one, in the order in which they are merged.</param>
    /// <param name="folder">The output folder; it appears when all is written.</param>
    /// <param name="options">How to merge; the defaults when null.</param>
    /// <param name="progress">Told how far the merge is, from any thread.</param>
    /// <param name="cancellationToken">Stops between tiles; what is complete stays for a later run to continue.</param>
    /// <exception cref="AdapterException">An adapter is unsupported or does not fit the model, or the result has elements that are not finite.</exception>
    /// <exception cref="CheckpointException">Model or adapter are not found, the output cannot be written there, or an input has changed meanwhile.</exception>
    public AdapterMergeReport Merge(
        string model,
        IReadOnlyList<string> adapters,
        string folder,
        AdapterMergeOptions? options = null,
        IProgress<AdapterMergeProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        ArgumentNullException.ThrowIfNull(adapters);
        ArgumentOutOfRangeException.ThrowIfZero(adapters.Count);
        TensorSet adapted = _resolver.Open(model);
        foreach (string adapter in adapters)
        {
            adapted = AdaptedModel.Create(adapted, () => _resolver.OpenAdapter(adapter));
        }

        using AdaptedModel opened = (AdaptedModel)adapted;
        return Merge(opened, folder, options, progress, cancellationToken);
    }

    /// <summary>Writes a model with the adapters that are folded into it.</summary>
    /// <param name="model">The model; it stays the caller's.</param>
    /// <param name="folder">The output folder; it appears when all is written.</param>
    /// <param name="options">How to merge; the defaults when null.</param>
    /// <param name="progress">Told how far the merge is, from any thread.</param>
    /// <param name="cancellationToken">Stops between tiles; what is complete stays for a later run to continue.</param>
    /// <exception cref="AdapterException">The result has elements that are not finite, or a tensor is of a type that cannot be written.</exception>
    /// <exception cref="CheckpointException">The output cannot be written there, or an input has changed meanwhile.</exception>
    public static AdapterMergeReport Merge(
        AdaptedModel model,
        string folder,
        AdapterMergeOptions? options = null,
        IProgress<AdapterMergeProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options ??= new AdapterMergeOptions();
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (ModelFolders.Contains(full, model))
        {
            throw new CheckpointException(CheckpointError.OutputIsInput, $"The output folder '{full}' is or contains that of the model or an adapter: choose another.", full);
        }

        MergedTensor[] tensors = MergedTensor.Plan(model, options.OutputType);
        StagedCheckpointOptions staging = new() { ShardSize = options.ShardSize, Overwrite = options.Overwrite, Continue = model.IsIdentified };
        using StagedCheckpoint output = StagedCheckpoint.Open(full, Key(model), [.. tensors.Select(tensor => tensor.Output)], staging);
        int resumed = WriteTensors(tensors, output, options, progress, cancellationToken);
        if (MergedConfig.Create(model.Config, options.OutputType) is { } config)
        {
            output.WriteText("config.json", config);
        }

        if (model.Folder is { } origin)
        {
            output.CopySideFiles(origin);
        }

        model.EnsureUnchanged();
        long bytes = output.TotalBytes;
        output.Commit();
        return new AdapterMergeReport(full, tensors.Length, model.AdaptedNames.Count, resumed, bytes);
    }

    private static int WriteTensors(
        MergedTensor[] tensors, StagedCheckpoint output, AdapterMergeOptions options, IProgress<AdapterMergeProgress>? progress, CancellationToken cancellationToken)
    {
        using CpuDevice? own = options.Device is null
            ? new CpuDevice(new CpuDeviceOptions { Threads = options.Threads, WorkingMemory = options.WorkingMemory, TileElements = TileElements })
            : null;
        AdapterMergeMeter meter = new(tensors.Length, tensors.Sum(tensor => tensor.Source.ByteLength), progress);
        SessionOptions session = new() { BytesRead = meter.Add, CancellationToken = cancellationToken };
        int resumed = 0;
        try
        {
            foreach (MergedTensor tensor in tensors)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (output.IsComplete(tensor.Output.Name))
                {
                    resumed++;
                    meter.Skip(tensor.Source.ByteLength);
                    continue;
                }

                meter.Start(tensor.Output.Name);
                tensor.Write(output.GetSink(tensor.Output.Name), options.Device ?? own!, session);
                output.Complete(tensor.Output.Name);
                meter.Complete();
            }
        }
        catch (OperationCanceledException)
        {
            // A kill loses what was not journaled yet; somebody who asks politely loses nothing.
            output.Flush();
            throw;
        }

        return resumed;
    }

    // The build besides the inputs: another arithmetic must not continue an old run. The tensors with their types are told apart by the output itself.
    private static string Key(AdaptedModel model)
    {
        StringBuilder text = new($"{typeof(AdapterMerger).Module.ModuleVersionId:N}");
        foreach (FileIdentity file in model.Files)
        {
            text.Append(CultureInfo.InvariantCulture, $" {file.Name} {file.Length} {file.HeaderSha256} {file.LastWriteTime.UtcTicks}");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, 8));
    }
}
