using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Stacking;

/// <summary>Tells stacks apart: a plan on every machine, and a run of one from that of other inputs.</summary>
internal static class StackingHash
{
    // Raise it when plans of the same recipe and files change.
    private const int Format = 1;

    /// <summary>Returns the hash of what decides the output's bytes.</summary>
    public static string Of(StackingPlan plan)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"stack {Format} {typeof(StackingHash).Assembly.GetName().Version} {typeof(TensorSet).Assembly.GetName().Version}\n");
        text.Append(plan.Recipe.ToYaml()).Append(plan.Config?.ToJsonString()).Append('\n');
        foreach (TensorSet model in plan.Opened)
        {
            foreach (FileIdentity file in model.Files.OrderBy(file => file.Name, StringComparer.Ordinal))
            {
                text.Append(CultureInfo.InvariantCulture, $"{file.Name} {file.Length} {file.HeaderSha256}\n");
            }
        }

        foreach (StackedTensor tensor in plan.Tensors)
        {
            text.Append(CultureInfo.InvariantCulture, $"{tensor.Output.Name} {tensor.Output.DataType.SafetensorsName} {tensor.Output.Shape}\n");
        }

        return Hash(text.ToString());
    }

    /// <summary>Returns the key of a run: beside the plan the build and the times of the input files.</summary>
    public static string Run(StackingPlan plan)
    {
        StringBuilder text = new($"{plan.Hash} {typeof(StackingHash).Module.ModuleVersionId:N}");
        foreach (FileIdentity file in plan.Opened.SelectMany(model => model.Files))
        {
            text.Append(CultureInfo.InvariantCulture, $" {file.LastWriteTime.UtcTicks}");
        }

        return Hash(text.ToString())[..16];
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
