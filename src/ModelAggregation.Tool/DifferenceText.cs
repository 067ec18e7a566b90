using ModelAggregation.Inspection;
using ModelTensors;
using static ModelAggregation.Tool.InspectionText;

namespace ModelAggregation.Tool;

/// <summary>Writes differences for people.</summary>
internal static class DifferenceText
{
    public static void Write(CheckpointDifference difference, bool all, TextWriter writer)
    {
        TensorDifference[] rows = [.. Sorted(difference).Where(tensor => all || tensor.ChangedElements > 0 || tensor.First.DataType != tensor.Second.DataType)];
        if (rows.Length > 0)
        {
            TextTable table = new("tensor", "type", "distance", "relative", "cosine", "largest", "changed elements", "changed rows");
            foreach (TensorDifference tensor in rows)
            {
                table.Add(
                    tensor.First.Name, Types(tensor), Number(tensor.Distance), Number(tensor.RelativeDistance), Number(tensor.Cosine), Number(tensor.LargestDifference),
                    $"{Count(tensor.ChangedElements)} of {Count(tensor.First.Shape.ElementCount)}",
                    tensor.RowCount is { } count ? $"{Count(tensor.ChangedRows)} of {Count(count)}" : string.Empty);
            }

            table.Write(writer);
            writer.WriteLine();
        }

        foreach (UnlikeTensors tensor in difference.Unlike)
        {
            writer.WriteLine($"cannot be compared: {tensor.First.Name}, {Describe(tensor.First)} in the first, {Describe(tensor.Second)} in the second");
        }

        WriteNames("only in the first", difference.OnlyInFirst, writer);
        WriteNames("only in the second", difference.OnlyInSecond, writer);
        writer.WriteLine(difference.AreEqual
            ? $"equal: {Count(difference.Tensors.Count)} tensors, {Count(difference.ElementCount)} elements"
            : $"{Count(difference.ChangedTensors)} of {Count(difference.Tensors.Count)} compared tensors changed, {Count(difference.ChangedElements)} of {Count(difference.ElementCount)} elements;"
                + $" distance {Number(difference.Distance)}, relative {Number(difference.RelativeDistance)}, cosine {Number(difference.Cosine)}, largest {Number(difference.LargestDifference)}");
    }

    /// <summary>Orders tensors by relative distance, those without one (integers) by the share of elements that changed, the largest first.</summary>
    public static IEnumerable<TensorDifference> Sorted(CheckpointDifference difference) => difference.Tensors
        .OrderByDescending(tensor => tensor.RelativeDistance is { } distance
            ? (double.IsNaN(distance) ? double.PositiveInfinity : distance)
            : (double)tensor.ChangedElements / Math.Max(1, tensor.First.Shape.ElementCount))
        .ThenBy(tensor => tensor.First.Name, StringComparer.Ordinal);

    private static string Types(TensorDifference tensor) => tensor.First.DataType == tensor.Second.DataType
        ? tensor.First.DataType.SafetensorsName
        : $"{tensor.First.DataType.SafetensorsName}, {tensor.Second.DataType.SafetensorsName}";

    private static string Describe(TensorInfo info) => $"{info.DataType.SafetensorsName} {info.Shape}";

    private static void WriteNames(string what, IReadOnlyList<TensorInfo> tensors, TextWriter writer)
    {
        foreach (TensorInfo tensor in tensors)
        {
            writer.WriteLine($"{what}: {tensor.Name}, {Describe(tensor)}");
        }
    }
}
