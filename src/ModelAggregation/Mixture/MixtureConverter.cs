using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelAggregation.Merging.Recipes;
using ModelAggregation.Mixture.Execution;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Mixture;

/// <summary>Stores the experts of a mixture the other way: each matrix a tensor of its own as transformers 4 has it, or packed as transformers 5 has it.</summary>
/// <remarks>No byte of a weight changes: converted there and back, a mixture is what it was.</remarks>
public static class MixtureConverter
{
    private const string RecipeFile = "mixture_recipe.yml";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Converts a mixture of feed-forward blocks, of whichever program. An interrupted run of the same input is continued.</summary>
    /// <param name="folder">The mixture.</param>
    /// <param name="layout">How the output stores experts; the same as the input's copies it.</param>
    /// <param name="output">The output folder; it appears when it is complete.</param>
    /// <param name="options">How to write; the defaults when null.</param>
    /// <param name="progress">Told how far the writing is, from any thread.</param>
    /// <param name="cancellationToken">Stops between tiles; what is complete stays for a later run to continue.</param>
    /// <exception cref="MixtureException">The input is no mixture, or one of whole layers, which are stored in one way.</exception>
    /// <exception cref="CheckpointException">The input is not readable or has changed meanwhile, or the output cannot be written there.</exception>
    /// <exception cref="Merging.MergeDataException">Weights are NaN or infinite.</exception>
    public static MixtureReport Convert(
        string folder,
        MixtureLayout layout,
        string output,
        MixtureOptions? options = null,
        IProgress<MixtureProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentException.ThrowIfNullOrEmpty(output);
        options ??= new MixtureOptions();
        long start = TimeProvider.System.GetTimestamp();
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(output));
        using MixtureCheckpoint mixture = MixtureCheckpoint.Open(folder);
        if (ModelFolders.Contains(full, mixture.Tensors))
        {
            throw new CheckpointException(CheckpointError.OutputIsInput, $"The output folder '{full}' is or contains that of the mixture: choose another.", full);
        }

        IReadOnlyList<OutputTensor> tensors = new LayoutConversion(mixture, layout).Tensors();
        long bytes = tensors.Sum(tensor => tensor.Info.ByteLength);
        using StagedCheckpoint staged = StagedCheckpoint.Open(
            full, Key(mixture.Tensors, layout), [.. tensors.Select(tensor => tensor.Info)], MixtureWriter.Staging(mixture.Tensors.IsIdentified, bytes, options));
        int resumed = TensorCopies.Run(tensors, staged, options, progress, cancellationToken);
        staged.WriteText("config.json", mixture.Tensors.Config!.ToDocument().ToJsonString(Indented) + "\n");
        WriteSideFiles(folder, layout, staged);
        mixture.Tensors.EnsureUnchanged();
        staged.Commit();
        return new MixtureReport
        {
            Folder = full,
            PlanHash = mixture.Provenance?.PlanHash ?? string.Empty,
            TensorCount = tensors.Count,
            ResumedTensorCount = resumed,
            ParameterCount = tensors.Sum(tensor => tensor.Info.Shape.ElementCount),
            OutputBytes = bytes,
            Elapsed = TimeProvider.System.GetElapsedTime(start),
            Warnings = [],
        };
    }

    private static void WriteSideFiles(string folder, MixtureLayout layout, StagedCheckpoint output)
    {
        output.CopySideFiles(folder);
        string provenance = Path.Combine(folder, ProvenanceDocument.FileName);
        if (File.Exists(provenance))
        {
            JsonObject document = MixtureProvenance.ReadDocument(provenance);
            document["layout"] = RecipeWords.Word(layout);
            output.WriteText(ProvenanceDocument.FileName, document.ToJsonString(Indented) + "\n");
        }

        foreach (string name in (string[])[RecipeFile, MixtureWriter.CardFile])
        {
            string file = Path.Combine(folder, name);
            if (File.Exists(file))
            {
                output.CopyFile(file, name);
            }
        }
    }

    private static string Key(TensorSet mixture, MixtureLayout layout)
    {
        StringBuilder text = new($"{typeof(MixtureConverter).Module.ModuleVersionId:N} {layout}");
        foreach (FileIdentity file in mixture.Files)
        {
            text.Append(CultureInfo.InvariantCulture, $" {file.Name} {file.Length} {file.HeaderSha256} {file.LastWriteTime.UtcTicks}");
        }

        return System.Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, 8));
    }
}
