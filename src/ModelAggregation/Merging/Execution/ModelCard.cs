using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using ModelAggregation.Merging.Planning;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Merging.Execution;

/// <summary>Writes the model card: what was merged, how, and what identifies the inputs. It holds no dates, so equal merges have equal cards.</summary>
internal static class ModelCard
{
    public static string Write(MergePlan plan, bool hashInputs, CancellationToken cancellationToken)
    {
        StringBuilder text = new();
        text.Append("---\ntags:\n- merge\n- model-aggregation\n");
        text.Append("base_model:\n");
        foreach (string model in Leaves(plan, []).Distinct(StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"- {Quote(model)}\n");
        }

        text.Append("---\n\n# Merged model\n\n");
        text.Append(CultureInfo.InvariantCulture, $"{plan.Method.Summary} Method `{plan.Method.Name}`, {plan.Tensors.Count} tensors, {plan.ParameterCount} parameters.\n\n");
        text.Append(CultureInfo.InvariantCulture, $"Made with ModelAggregation {Version(typeof(ModelCard))} on ModelTensors {Version(typeof(TensorSet))}. Plan `{plan.Hash}`.\n\n");
        text.Append("## Recipe\n\n```yaml\n").Append(plan.RecipeText.TrimEnd()).Append("\n```\n\n## Inputs\n\n");
        text.Append("| model | file | bytes | SHA-256 of the header |").Append(hashInputs ? " SHA-256 |\n" : "\n");
        text.Append("|---|---|---|---|").Append(hashInputs ? "---|\n" : "\n");
        foreach (PlannedModel model in plan.Opened)
        {
            if (model.Tensors.Files.Count == 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"| {Quote(model.Name)} | in memory | | |").Append(hashInputs ? " |\n" : "\n");
            }

            foreach (FileIdentity file in model.Tensors.Files)
            {
                text.Append(CultureInfo.InvariantCulture, $"| {Quote(model.Name)} | {file.Name} | {file.Length} | `{file.HeaderSha256}` |");
                // A stage's plan stands for its inputs, whose files its own card lists.
                text.Append(!hashInputs ? "\n" : model.Tensors is StageOutput ? " |\n" : $" `{Hash(file.Path ?? Path.Combine(model.Tensors.Folder!, file.Name), cancellationToken)}` |\n");
            }
        }

        if (plan.Warnings.Count > 0)
        {
            text.Append("\n## Warnings\n\n").AppendJoin('\n', plan.Warnings.Select(warning => $"- {warning}")).Append('\n');
        }

        return text.ToString();
    }

    // A stage is no model that a reader could find: those that it was made of are.
    private static IEnumerable<string> Leaves(MergePlan plan, HashSet<MergePlan> seen) => !seen.Add(plan)
        ? []
        : plan.Models.SelectMany(model => model.Tensors is StageOutput stage ? Leaves(stage.Plan, seen) : [model.Name]);

    // A reference comes from the recipe: as a quoted scalar it cannot end the header or a table cell.
    internal static string Quote(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("|", "\\|", StringComparison.Ordinal)}\"";

    internal static string Version(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    /// <summary>Hashes a whole file.</summary>
    internal static string Hash(string path, CancellationToken cancellationToken)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using FileStream stream = File.OpenRead(path);
        byte[] buffer = new byte[1 << 20];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            hash.AppendData(buffer, 0, read);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
