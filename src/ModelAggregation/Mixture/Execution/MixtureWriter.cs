using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Mixture.Execution;

/// <summary>Writes mixtures to folders.</summary>
internal sealed class MixtureWriter(ILogger logger, TimeProvider time)
{
    public const string CardFile = "README.md";

    // An interruption costs an eighth of the work, or 256 MiB of a large output; flushing more often would wait for the disk.
    private const int JournalSteps = 8;
    private const long SmallestFlush = 1L << 20;
    private const long LargestFlush = 256L << 20;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public MixtureReport Write(
        MixturePlan plan, MixtureContent content, string folder, MixtureOptions options, IProgress<MixtureProgress>? progress, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        CheckOutput(plan, folder);
        MixtureLog.Started(logger, plan.ExpertCount, content.Tensors.Count, folder);
        foreach (string warning in plan.Warnings)
        {
            MixtureLog.PlanWarning(logger, warning);
        }

        long bytes = content.Tensors.Sum(tensor => tensor.Info.ByteLength);
        using StagedCheckpoint output = StagedCheckpoint.Open(folder, Key(plan, content), [.. content.Tensors.Select(tensor => tensor.Info)], Staging(plan.Opened.All(model => model.Tensors.IsIdentified), bytes, options));
        int resumed = TensorCopies.Run(content.Tensors, output, options, progress, cancellationToken);
        if (resumed > 0)
        {
            MixtureLog.Resumed(logger, resumed, content.Tensors.Count);
        }

        output.WriteText("config.json", content.Config.ToJsonString(Indented) + "\n");
        if (plan.DenseModel.Tensors.Folder is { } tokenizer)
        {
            output.CopySideFiles(tokenizer);
        }

        output.WriteText("mixture_recipe.yml", plan.Recipe.ToYaml());
        InputHashes hashes = new(options.HashInputs, cancellationToken);
        output.WriteText(ProvenanceDocument.FileName, ProvenanceDocument.Write(plan, content, hashes).ToJsonString(Indented) + "\n");
        output.WriteText(CardFile, MixtureCard.Write(plan, content, hashes));
        foreach (PlannedModel model in plan.Opened)
        {
            model.Tensors.EnsureUnchanged();
        }

        output.Commit();
        TimeSpan elapsed = time.GetElapsedTime(start);
        MixtureLog.Finished(logger, bytes, elapsed.TotalSeconds);
        return new MixtureReport
        {
            Folder = folder,
            PlanHash = plan.Hash,
            TensorCount = content.Tensors.Count,
            ResumedTensorCount = resumed,
            ParameterCount = content.Tensors.Sum(tensor => tensor.Info.Shape.ElementCount),
            OutputBytes = bytes,
            Elapsed = elapsed,
            Warnings = plan.Warnings,
        };
    }

    /// <summary>Returns how a checkpoint of so many bytes is staged.</summary>
    public static StagedCheckpointOptions Staging(bool continues, long bytes, MixtureOptions options) => new()
    {
        ShardSize = options.ShardSize,
        Overwrite = options.Overwrite,
        Continue = continues,
        FlushBytes = Math.Clamp(bytes / JournalSteps, SmallestFlush, LargestFlush),
    };

    private static void CheckOutput(MixturePlan plan, string folder)
    {
        if (plan.Opened.FirstOrDefault(model => ModelFolders.Contains(folder, model.Tensors)) is { } same)
        {
            throw new MergeDataException(
                MergeDataError.OutputIsInput, $"The output folder '{folder}' is or contains that of model '{same.Reference}': choose another.", folder, model: same.Name);
        }
    }

    // Beside plan and routers, which are the same on every machine, the build and the times of the input files: neither another
    // arithmetic nor a changed input must continue an old run.
    private static string Key(MixturePlan plan, MixtureContent content)
    {
        StringBuilder text = new($"{plan.Hash} {content.RoutersHash} {typeof(MixtureWriter).Module.ModuleVersionId:N}");
        foreach (FileIdentity file in plan.Opened.SelectMany(model => model.Tensors.Files))
        {
            text.Append(CultureInfo.InvariantCulture, $" {file.LastWriteTime.UtcTicks}");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, 8));
    }
}
