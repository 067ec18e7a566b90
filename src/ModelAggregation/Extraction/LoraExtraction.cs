using ModelAggregation.Merging.Planning;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Checkpoints;
using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;
using ModelTensors.LowRank;

namespace ModelAggregation.Extraction;

/// <summary>Extracts a LoRA adapter from a fine-tune: for each layer the best approximation of its change that has a given rank.</summary>
/// <remarks>
/// <para>By Eckart and Young 1936 that is the truncated singular value decomposition <c>U S Vᵀ</c> of <c>fine-tuned − base</c>, found by
/// <see cref="RandomizedSvd"/>; <c>B = U √S</c> and <c>A = √S Vᵀ</c>, and alpha is the rank. Changes are taken in float and read by blocks of rows: beside the
/// factors, memory is bounded by <see cref="LoraExtractionOptions.WorkingMemory"/> and the few directions of one module.</para>
/// <para>The same models, options and seed give the same bytes, for any number of threads and any working memory.</para>
/// </remarks>
/// <example>
/// <code>
/// using TensorSet tuned = Checkpoint.Open("models/tuned");
/// using TensorSet origin = Checkpoint.Open("models/base");
/// LoraExtractionReport report = LoraExtraction.Extract(tuned, origin, "adapters/tuned", new LoraExtractionOptions { Rank = 32, Energy = 0.95 });
/// </code>
/// </example>
public static class LoraExtraction
{
    /// <summary>Extracts an adapter and writes it as a PEFT folder.</summary>
    /// <param name="tuned">The fine-tuned model.</param>
    /// <param name="origin">The base model: of the same tensors and shapes.</param>
    /// <param name="folder">The adapter's folder; it appears when the adapter is complete.</param>
    /// <param name="options">What to keep; the defaults when null.</param>
    /// <param name="progress">Told after each tensor.</param>
    /// <param name="cancellationToken">Stops between blocks; nothing is left.</param>
    /// <returns>What was found.</returns>
    /// <exception cref="LoraExtractionException">The models do not fit each other, are not finite, do not differ, or lie in the output folder.</exception>
    /// <exception cref="CheckpointException">The folder may not or cannot be written there, or an input has changed meanwhile.</exception>
    public static LoraExtractionReport Extract(
        TensorSet tuned,
        TensorSet origin,
        string folder,
        LoraExtractionOptions? options = null,
        IProgress<LoraExtractionProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tuned);
        ArgumentNullException.ThrowIfNull(origin);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options ??= new LoraExtractionOptions();
        CheckOutput(folder, tuned, "fine-tuned");
        CheckOutput(folder, origin, "base");
        LoraAdapterWriter.CheckOutput(folder, options.Overwrite);
        using CpuDevice? own = options.Device is null ? new CpuDevice(new CpuDeviceOptions { Threads = options.Threads }) : null;
        TensorDevice device = options.Device ?? own!;
        List<ChangedTensor> tensors = ChangedTensor.Match(tuned, origin, options);
        bool isFanInFanOut = options.IsFanInFanOut ?? origin.Config?.ToDocument()["model_type"]?.ToString() is "gpt2";
        using LoraAdapterWriter adapter = new();
        ModuleExtractor extractor = new(device, options, isFanInFanOut, adapter, cancellationToken);
        List<ExtractedModule> modules = [];
        List<string> whole = [];
        List<string> skipped = [];
        int unchanged = 0;
        for (int index = 0; index < tensors.Count; index++)
        {
            ChangedTensor tensor = tensors[index];
            double norm = extractor.Norm(tensor);
            if (norm == 0)
            {
                unchanged++;
            }
            else if (tensor.Treatment == TensorTreatment.Factor)
            {
                modules.Add(extractor.Extract(tensor, norm));
            }
            else if (tensor.Treatment == TensorTreatment.Save)
            {
                adapter.AddWhole(tensor.Name, tensor.Tuned, extractor.TypeOf(tensor));
                whole.Add(tensor.Name);
            }
            else
            {
                skipped.Add(tensor.Name);
            }

            progress?.Report(new LoraExtractionProgress(tensor.Name, index + 1, tensors.Count));
        }

        if (whole.Count == 0 && modules.TrueForAll(module => module.Rank == 0))
        {
            throw new LoraExtractionException(
                LoraExtractionError.NothingChanged,
                $"There is nothing for an adapter to hold: {unchanged} tensors are the same in both models, {modules.Count} changes are below the smallest singular value, and {skipped.Count} are left out by the options.");
        }

        tuned.EnsureUnchanged();
        origin.EnsureUnchanged();
        LoraAdapterWriterOptions writing = new()
        {
            BaseModel = options.BaseModel,
            IsFanInFanOut = isFanInFanOut,
            TargetModules = TargetModules(tensors, modules),
            Ranks = options.Layout,
            Overwrite = options.Overwrite,
        };
        adapter.Write(folder, device, writing, cancellationToken);
        return new LoraExtractionReport
        {
            Folder = Path.GetFullPath(folder),
            Modules = modules,
            WholeTensors = whole,
            SkippedTensors = skipped,
            UnchangedCount = unchanged,
        };
    }

    private static void CheckOutput(string folder, TensorSet model, string role)
    {
        if (ModelFolders.Contains(folder, model))
        {
            throw new LoraExtractionException(
                LoraExtractionError.OutputIsInput, $"The output folder '{folder}' is or contains that of the {role} model: choose another.", file: folder);
        }
    }

    // The end of a path stands for all modules that have it. Where only some have factors, readers would invent the others: then whole paths are listed.
    private static string[] TargetModules(List<ChangedTensor> tensors, List<ExtractedModule> modules)
    {
        HashSet<string> factored = [.. modules.Where(module => module.Rank > 0).Select(module => module.Path)];
        HashSet<string> partial = [.. tensors.Where(tensor => tensor.Name.EndsWith(".weight", StringComparison.Ordinal) && !factored.Contains(tensor.Module))
            .Select(tensor => LastPart(tensor.Module))];
        return [.. factored.Select(path => partial.Contains(LastPart(path)) ? path : LastPart(path)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    private static string LastPart(string path) => path[(path.LastIndexOf('.') + 1)..];
}
