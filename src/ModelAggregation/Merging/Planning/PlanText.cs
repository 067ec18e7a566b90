using System.Globalization;
using System.Text;
using ModelTensors;

namespace ModelAggregation.Merging.Planning;

/// <summary>Writes plans for people.</summary>
internal static class PlanText
{
    private static readonly string[] Units = ["B", "kB", "MB", "GB", "TB", "PB"];

    public static string Write(MergePlan plan, int maxTensors)
    {
        StringBuilder text = new();
        string types = string.Join(", ", plan.Tensors.Select(tensor => tensor.Output.DataType).Distinct().Select(type => type.SafetensorsName));
        Line(text, $"{plan.Method.Name}: {plan.Tensors.Count} tensors in {plan.LayerCount} layers, {plan.ParameterCount:N0} parameters, {types}");
        Line(text, $"reads {Size(plan.ReadBytes)}, writes {Size(plan.OutputBytes)}");
        Line(text, $"hash {plan.Hash}");
        Line(text, "models");
        foreach (PlannedModel model in plan.Models)
        {
            string role = string.Equals(model.Reference, plan.Recipe.BaseModel, StringComparison.Ordinal) ? " (base)" : string.Empty;
            Line(text, $"  {model.Reference}{role}: {model.Tensors.Names.Count} tensors in {model.LayerCount} layers");
        }

        foreach (PlannedModel statistics in plan.Statistics)
        {
            Line(text, $"  {statistics.Reference} (statistics): {statistics.Tensors.Names.Count} tensors");
        }

        if (plan.Vocabulary is { } vocabulary)
        {
            Vocabulary(text, vocabulary);
        }

        if (plan.Warnings.Count > 0)
        {
            Line(text, "warnings");
            foreach (string warning in plan.Warnings)
            {
                Line(text, $"  {warning}");
            }
        }

        foreach (PlannedTensor tensor in plan.Tensors.Take(maxTensors))
        {
            string how = tensor.IsCopied ? " copied" : Values(tensor.Parameters);
            Line(text, $"{tensor.Name} {tensor.Output.DataType.SafetensorsName} {tensor.Output.Shape}{how}");
            for (int index = 0; index < tensor.Inputs.Count; index++)
            {
                PlannedInput input = tensor.Inputs[index];
                string name = string.Equals(input.TensorName, tensor.Name, StringComparison.Ordinal) ? string.Empty : $":{input.TensorName}";
                Line(text, $"  {input.Model}{name}{(index == tensor.BaseIndex ? " (base)" : string.Empty)}{Values(input.Parameters)}");
            }
        }

        if (maxTensors > 0 && plan.Tensors.Count > maxTensors)
        {
            Line(text, $"and {plan.Tensors.Count - maxTensors} more tensors");
        }

        return text.ToString();
    }

    private static void Vocabulary(StringBuilder text, PlannedVocabulary vocabulary)
    {
        int added = vocabulary.NewTokens.Count(token => token.Added is not null);
        Line(
            text,
            $"vocabulary of {vocabulary.Source}: {vocabulary.Tokens.Count} tokens in {vocabulary.RowCount} rows, "
            + $"{vocabulary.NewTokens.Count - added} ordinary and {added} added tokens new");
        foreach (PlannedRows rows in vocabulary.Rows)
        {
            (string What, int Count)[] counts =
            [
                ("own", rows.Own), ("configured", rows.Configured), ("from the only model", rows.FromOnlyModel), ("from the base", rows.FromBase),
                ("means", rows.Means), ("zeros", rows.Zeros), ("padding", rows.Padding),
            ];
            Line(text, $"  {rows.Tensor} of {rows.Model}: {string.Join(", ", counts.Where(item => item.Count > 0).Select(item => $"{item.Count} {item.What}"))}");
        }
    }

    private static void Line(StringBuilder text, string line) => text.Append(line).Append('\n');

    private static string Values(ParameterValues values) =>
        string.Concat(values.All.OrderBy(item => item.Key, StringComparer.Ordinal).Select(item => $" {item.Key}={item.Value}"));

    /// <summary>Writes a number of bytes in the unit that suits it.</summary>
    internal static string Size(long bytes)
    {
        double size = bytes;
        int unit = 0;
        for (; size >= 1000 && unit < Units.Length - 1; unit++)
        {
            size /= 1000;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{size:0.##} {Units[unit]}");
    }
}
