using System.Text.Json.Nodes;
using ModelAggregation.Inspection;
using ModelTensors;

namespace ModelAggregation.Tool;

/// <summary>Writes inspections for programs. What is not a number in JSON (NaN, infinities) is null.</summary>
internal static class InspectionJson
{
    public static string Of(CheckpointInspection inspection) => new JsonObject
    {
        ["folder"] = inspection.Folder,
        ["files"] = new JsonArray([.. inspection.Files.Select(file => new JsonObject
        {
            ["name"] = file.Name, ["bytes"] = file.Length, ["header_sha256"] = file.HeaderSha256,
        })]),
        ["config"] = inspection.Config?.ToDocument(),
        ["adapter_config"] = inspection.AdapterConfig?.DeepClone(),
        ["tensors"] = new JsonArray([.. inspection.Tensors.Select(Tensor)]),
        ["types"] = new JsonArray([.. inspection.Types.Select(total => new JsonObject
        {
            ["dtype"] = total.DataType.SafetensorsName, ["tensors"] = total.TensorCount, ["parameters"] = total.ParameterCount, ["bytes"] = total.ByteLength,
        })]),
        ["parameters"] = inspection.ParameterCount,
        ["bytes"] = inspection.ByteLength,
        ["non_finite"] = inspection.NonFiniteCount,
    }.ToString();

    /// <summary>Writes name, type, shape and length.</summary>
    public static JsonObject Info(TensorInfo info) => new()
    {
        ["name"] = info.Name,
        ["dtype"] = info.DataType.SafetensorsName,
        ["shape"] = Shape(info.Shape),
        ["bytes"] = info.ByteLength,
    };

    public static JsonArray Shape(TensorShape shape) => new([.. shape.Dimensions.Select(length => JsonValue.Create(length))]);

    public static JsonValue? Number(double? value) => value is { } number && double.IsFinite(number) ? JsonValue.Create(number) : null;

    private static JsonObject Tensor(TensorInspection tensor)
    {
        JsonObject node = Info(tensor.Info);
        node["norm"] = Number(tensor.Norm);
        node["non_finite"] = tensor.NonFiniteCount;
        if (tensor.IsDequantized)
        {
            node["dequantized"] = true;
        }

        return node;
    }
}
