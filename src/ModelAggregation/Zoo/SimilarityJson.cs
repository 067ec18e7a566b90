using System.Buffers;
using System.Text.Json;

namespace ModelAggregation.Zoo;

/// <summary>Similarities as JSON, version 1.</summary>
internal static class SimilarityJson
{
    private const string Format = "modelaggregation.similarity";
    private const int Version = 1;

    private static readonly (SimilarityPart Part, string Name)[] Parts = [(SimilarityPart.Attention, "attention"), (SimilarityPart.Mlp, "mlp"), (SimilarityPart.All, "all")];

    public static ReadOnlySpan<byte> Write(ZooSimilarity similarity, string key)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteString("format", Format);
            json.WriteNumber("version", Version);
            json.WriteString("key", key);
            json.WriteString("measure", similarity.Measure.ToString());
            json.WriteString("part", similarity.Part.ToString());
            json.WriteString("base", similarity.Base);
            json.WriteStartArray("models");
            foreach (string model in similarity.Models)
            {
                json.WriteStringValue(model);
            }

            json.WriteEndArray();
            WriteMatrix(json, "matrix", similarity.ToMatrix());
            json.WriteStartArray("layers");
            foreach (int layer in similarity.Layers)
            {
                json.WriteStartObject();
                json.WriteNumber("layer", layer);
                foreach ((SimilarityPart part, string name) in Parts.Where(part => similarity.Has(part.Part, layer)))
                {
                    WriteMatrix(json, name, similarity.Of(part, layer));
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartObject("tensors");
            foreach (TensorSimilarity tensor in similarity.Details)
            {
                json.WritePropertyName(tensor.Name);
                WriteNumbers(json, tensor.Lower());
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan;
    }

    /// <summary>Reads what was written, and the key of what it was computed from.</summary>
    public static (ZooSimilarity Similarity, string Key) Read(byte[] content, string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(content);
            JsonElement root = document.RootElement;
            if (root.GetProperty("format").GetString() is not Format || root.GetProperty("version").GetInt32() is not Version)
            {
                throw new FormatException($"It is not of the format '{Format}', version {Version}.");
            }

            string[] models = [.. root.GetProperty("models").EnumerateArray().Select(model => model.GetString()!)];
            TensorSimilarity[] tensors = [.. root.GetProperty("tensors").EnumerateObject().Select(tensor => Tensor(tensor, models.Length))];
            ZooSimilarity similarity = new(
                models,
                Enum.Parse<SimilarityMeasure>(root.GetProperty("measure").GetString()!),
                Enum.Parse<SimilarityPart>(root.GetProperty("part").GetString()!),
                root.GetProperty("base").GetString(),
                tensors.Length > 0 ? tensors : throw new FormatException("It has no tensors."));
            return (similarity, root.GetProperty("key").GetString()!);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException or ArgumentException)
        {
            // What JsonElement throws where a property is missing or of another type.
            throw new ZooException(ZooError.FileInvalid, $"'{path}' holds no similarities that this version reads: {e.Message} Remove it.", file: path, innerException: e);
        }
    }

    private static void WriteNumbers(Utf8JsonWriter json, IEnumerable<double> numbers)
    {
        json.WriteStartArray();
        foreach (double number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }

    private static void WriteMatrix(Utf8JsonWriter json, string name, SimilarityMatrix matrix)
    {
        json.WriteStartArray(name);
        foreach (IReadOnlyList<double> row in matrix.ToRows())
        {
            WriteNumbers(json, row);
        }

        json.WriteEndArray();
    }

    private static TensorSimilarity Tensor(JsonProperty tensor, int models)
    {
        double[] numbers = [.. tensor.Value.EnumerateArray().Select(number => number.GetDouble())];
        return numbers.Length == models * (models + 1) / 2
            ? TensorSimilarity.FromLower(tensor.Name, numbers, models)
            : throw new FormatException($"A tensor has {numbers.Length} numbers; {models} models need {models * (models + 1) / 2}.");
    }
}
