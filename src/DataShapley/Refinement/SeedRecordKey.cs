using System.Buffers;
using System.Text;
using System.Text.Json;

namespace DataShapley.Refinement;

/// <summary>What two records have in common that are equal to Python: neither white space, nor escapes, nor the order of fields counts.</summary>
internal static class SeedRecordKey
{
    /// <summary>Makes the key of a record.</summary>
    /// <param name="record">A JSON object that has been checked.</param>
    public static string Of(ReadOnlyMemory<byte> record)
    {
        using JsonDocument document = JsonDocument.Parse(record);
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer))
        {
            Write(writer, document.RootElement);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter writer, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (JsonProperty property in value.EnumerateObject().OrderBy(property => property.Name, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(property.Name);
                    Write(writer, property.Value);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (JsonElement item in value.EnumerateArray())
                {
                    Write(writer, item);
                }

                writer.WriteEndArray();
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }
}
