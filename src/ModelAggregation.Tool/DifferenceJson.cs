using System.Text.Json.Nodes;
using ModelAggregation.Inspection;
using ModelTensors;
using static ModelAggregation.Tool.InspectionJson;

namespace ModelAggregation.Tool;

/// <summary>Writes differences for programs. What is not a number in JSON (NaN, infinities) is null.</summary>
internal static class DifferenceJson
{
    public static string Of(CheckpointDifference difference) => new JsonObject
    {
        ["equal"] = difference.AreEqual,
        ["tensors"] = new JsonArray([.. DifferenceText.Sorted(difference).Select(Tensor)]),
        ["unlike"] = new JsonArray([.. difference.Unlike.Select(tensor => new JsonObject { ["first"] = Info(tensor.First), ["second"] = Info(tensor.Second) })]),
        ["only_in_first"] = new JsonArray([.. difference.OnlyInFirst.Select(Info)]),
        ["only_in_second"] = new JsonArray([.. difference.OnlyInSecond.Select(Info)]),
        ["changed_tensors"] = difference.ChangedTensors,
        ["changed_elements"] = difference.ChangedElements,
        ["elements"] = difference.ElementCount,
        ["distance"] = Number(difference.Distance),
        ["relative_distance"] = Number(difference.RelativeDistance),
        ["cosine"] = Number(difference.Cosine),
        ["largest_difference"] = Number(difference.LargestDifference),
    }.ToString();

    private static JsonObject Tensor(TensorDifference tensor) => new()
    {
        ["name"] = tensor.First.Name,
        ["dtype"] = new JsonArray(tensor.First.DataType.SafetensorsName, tensor.Second.DataType.SafetensorsName),
        ["shape"] = Shape(tensor.First.Shape),
        ["distance"] = Number(tensor.Distance),
        ["relative_distance"] = Number(tensor.RelativeDistance),
        ["cosine"] = Number(tensor.Cosine),
        ["largest_difference"] = Number(tensor.LargestDifference),
        ["changed_elements"] = tensor.ChangedElements,
        ["elements"] = tensor.First.Shape.ElementCount,
        ["changed_rows"] = tensor.ChangedRows,
        ["rows"] = tensor.RowCount,
        ["non_finite"] = new JsonArray(tensor.FirstNonFinite, tensor.SecondNonFinite),
    };
}
