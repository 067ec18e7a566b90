using System.Text.Json;
using System.Text.Json.Nodes;
using ModelTensors.Checkpoints;

namespace ModelTensors.Adapters;

/// <summary>The <c>config.json</c> of a model whose adapters were merged into it.</summary>
internal static class MergedConfig
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Writes the model's own configuration, with the type that its tensors have now.</summary>
    /// <returns>The text, or null when the model has none.</returns>
    public static string? Create(ModelConfig? config, DataType? outputType)
    {
        if (config is null)
        {
            return null;
        }

        JsonObject document = config.ToDocument();
        // Weights are read through their scales and written as plain floats.
        document.Remove("quantization_config");
        string? word = outputType switch
        {
            DataType.F16 => "float16",
            DataType.BF16 => "bfloat16",
            DataType.F32 => "float32",
            DataType.F64 => "float64",
            _ => null,
        };
        foreach (string key in word is null ? [] : (string[])["dtype", "torch_dtype"])
        {
            if (document.ContainsKey(key))
            {
                document[key] = word;
            }
        }

        return document.ToJsonString(Indented) + "\n";
    }
}
