using System.Globalization;
using System.Text;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Stacking;

/// <summary>Writes the card of a stack. It holds no dates, so equal stacks have equal cards.</summary>
internal static class StackingCard
{
    public static string Write(StackingPlan plan)
    {
        StringBuilder text = new();
        text.Append("---\ntags:\n- model-aggregation\n---\n\n# Stacked model\n\n");
        text.Append(CultureInfo.InvariantCulture, $"{plan.Layers.Count} layers of {plan.Recipe.Models.Count} models, {plan.Tensors.Count} tensors, {plan.ParameterCount} parameters. Plan `{plan.Hash}`.\n\n");
        text.Append("Layers are copied as they are, and nothing has taught them to follow each other: such a model needs continued training before it is of use.\n\n");
        text.Append("## Recipe\n\n```yaml\n").Append(plan.Recipe.ToYaml().TrimEnd()).Append("\n```\n\n## Inputs\n\n| file | bytes | SHA-256 of the header |\n|---|---|---|\n");
        foreach (FileIdentity file in plan.Opened.SelectMany(model => model.Files))
        {
            text.Append(CultureInfo.InvariantCulture, $"| {file.Name} | {file.Length} | `{file.HeaderSha256}` |\n");
        }

        return plan.Warnings.Count == 0 ? text.ToString() : text.Append("\n## Warnings\n\n").AppendJoin('\n', plan.Warnings.Select(warning => $"- {warning}")).Append('\n').ToString();
    }
}
