using System.Globalization;
using System.Text.Json.Nodes;
using ModelAggregation.Inspection;
using ModelTensors;

namespace ModelAggregation.Tool;

/// <summary>Writes inspections for people.</summary>
internal static class InspectionText
{
    private static readonly string[] ModelKeys =
    [
        "architectures", "model_type", "num_hidden_layers", "hidden_size", "intermediate_size", "num_attention_heads", "num_key_value_heads", "head_dim",
        "vocab_size", "max_position_embeddings", "tie_word_embeddings", "torch_dtype", "dtype",
    ];

    private static readonly string[] AdapterKeys =
    [
        "peft_type", "base_model_name_or_path", "task_type", "r", "lora_alpha", "use_rslora", "use_dora", "target_modules", "modules_to_save", "rank_pattern", "alpha_pattern",
    ];

    public static void Write(CheckpointInspection inspection, TextWriter writer)
    {
        string kind = inspection.AdapterConfig is null ? "model" : "adapter";
        writer.WriteLine($"{kind} {inspection.Folder}: {inspection.Files.Count} file{(inspection.Files.Count == 1 ? string.Empty : "s")}");
        Write("config.json", inspection.Config?.ToDocument(), ModelKeys, writer);
        Write("adapter_config.json", inspection.AdapterConfig, AdapterKeys, writer);
        writer.WriteLine();

        TextTable tensors = new("tensor", "type", "shape", "bytes", "norm", "NaN or infinite");
        foreach (TensorInspection tensor in inspection.Tensors)
        {
            string type = tensor.Info.DataType.SafetensorsName + (tensor.IsDequantized ? " of F8" : string.Empty);
            tensors.Add(tensor.Info.Name, type, tensor.Info.Shape.ToString(), ByteSize.Format(tensor.Info.ByteLength), Number(tensor.Norm), Count(tensor.NonFiniteCount));
        }

        tensors.Write(writer);
        writer.WriteLine();

        TextTable types = new("type", "tensors", "parameters", "bytes");
        foreach (DataTypeTotal total in inspection.Types)
        {
            types.Add(total.DataType.SafetensorsName, Count(total.TensorCount), Count(total.ParameterCount), ByteSize.Format(total.ByteLength));
        }

        types.Add("all", Count(inspection.Tensors.Count), Count(inspection.ParameterCount), ByteSize.Format(inspection.ByteLength));
        types.Write(writer);
        if (inspection.NonFiniteCount is { } nonFinite)
        {
            writer.WriteLine();
            writer.WriteLine(nonFinite == 0 ? "No element is NaN or infinite." : $"{Count(nonFinite)} elements are NaN or infinite.");
        }
    }

    /// <summary>Writes a number with five digits; nothing for none.</summary>
    public static string Number(double? value) => value?.ToString("G5", CultureInfo.InvariantCulture) ?? string.Empty;

    /// <summary>Writes a count with separators; nothing for none.</summary>
    public static string Count(long? value) => value?.ToString("N0", CultureInfo.InvariantCulture) ?? string.Empty;

    private static void Write(string file, JsonObject? document, string[] keys, TextWriter writer)
    {
        if (document is null)
        {
            return;
        }

        IEnumerable<string> pairs = keys.Where(key => document[key] is not null).Select(key => $"{key} {Value(document[key]!)}");
        writer.WriteLine($"{file}: {string.Join(", ", pairs)}");
    }

    private static string Value(JsonNode node) => node is JsonArray { Count: 1 } list && list[0] is { } only ? only.ToString() : node is JsonValue ? node.ToString() : node.ToJsonString();
}
