using System.Buffers;
using System.Text.Json;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Zoo;

/// <summary>Which models of a zoo can be merged with which, and in what each two differ. No tensor is read.</summary>
/// <example>
/// <code>
/// new ZooCompatibility(ModelZoo.Scan("models")).Save("compatibility.json");
/// </code>
/// </example>
public sealed class ZooCompatibility
{
    private const string Format = "modelaggregation.compatibility";
    private const int Version = 1;

    /// <summary>Creates the report of a zoo.</summary>
    /// <param name="zoo">The zoo.</param>
    public ZooCompatibility(ModelZoo zoo)
    {
        ArgumentNullException.ThrowIfNull(zoo);
        Zoo = zoo;
    }

    /// <summary>Gets the zoo.</summary>
    public ModelZoo Zoo { get; }

    /// <summary>Gets the models that can be merged, by what they have in common; see <see cref="ZooModel.ArchitectureKey"/>. In the order of their first models.</summary>
    public IReadOnlyList<ModelCluster> Architectures =>
    [
        .. Zoo.Models
            .GroupBy(model => model.ArchitectureKey, model => model.Name, StringComparer.Ordinal)
            .Select(group => new ModelCluster([.. group]) { ArchitectureKey = group.Key }),
    ];

    /// <summary>Compares each two models, one pair after the other as they are asked for.</summary>
    public IEnumerable<ModelCompatibility> Pairs() =>
        Zoo.Models.SelectMany((first, index) => Zoo.Models.Skip(index + 1).Select(second => ModelCompatibility.Compare(first, second)));

    /// <summary>Saves the report as JSON: the models with their sizes, those that cannot be read and why, the architectures, and the differences of each two models. The file is there in full or not at all.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("format", Format);
            json.WriteNumber("version", Version);
            WriteModels(json);
            WriteArchitectures(json);
            json.WriteStartArray("pairs");
            foreach (ModelCompatibility pair in Pairs())
            {
                Write(json, pair);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        DurableFile.Write(path, buffer.WrittenSpan);
    }

    private void WriteModels(Utf8JsonWriter json)
    {
        json.WriteStartArray("models");
        foreach (ZooModel model in Zoo.Models)
        {
            json.WriteStartObject();
            json.WriteString("name", model.Name);
            json.WriteString("architecture", model.ArchitectureKey);
            json.WriteNumber("parameters", model.ParameterCount);
            json.WriteNumber("bytes", model.ByteLength);
            json.WriteString("vocabulary", model.VocabularySha256);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("unreadable");
        foreach (UnreadableModel model in Zoo.Unreadable)
        {
            json.WriteStartObject();
            json.WriteString("name", model.Name);
            json.WriteString("error", model.Error.Message);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void WriteArchitectures(Utf8JsonWriter json)
    {
        json.WriteStartArray("architectures");
        foreach (ModelCluster architecture in Architectures)
        {
            json.WriteStartObject();
            json.WriteString("architecture", architecture.ArchitectureKey);
            json.WriteStartArray("models");
            foreach (string model in architecture.Models)
            {
                json.WriteStringValue(model);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, ModelCompatibility pair)
    {
        json.WriteStartObject();
        json.WriteString("first", pair.First.Name);
        json.WriteString("second", pair.Second.Name);
        json.WriteBoolean("mergeable", pair.IsMergeable);
        json.WriteStartArray("differences");
        foreach (CompatibilityDifference difference in pair.Differences)
        {
            json.WriteStartObject();
            json.WriteString("kind", difference.Kind.ToString());
            json.WriteString("subject", difference.Subject);
            json.WriteString("first", difference.First);
            json.WriteString("second", difference.Second);
            json.WriteBoolean("blocking", difference.IsBlocking);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
