using System.Buffers;
using System.Text.Json;
using ModelTensors.Checkpoints;

namespace DataShapley.Refinement;

/// <summary>Saves clusters and loads them.</summary>
public static class ClusterFile
{
    private const string Format = "datashapley.clusters";
    private const int Version = 1;

    /// <summary>Saves clusters as JSON; the file is there in full or not at all.</summary>
    /// <param name="clusters">The clusters.</param>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public static void Save(RecordClusters clusters, string path)
    {
        ArgumentNullException.ThrowIfNull(clusters);
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer, new JsonWriterOptions { Indented = true, IndentSize = 1 }))
        {
            writer.WriteStartObject();
            writer.WriteString("format", Format);
            writer.WriteNumber("version", Version);
            writer.WriteString("dataset", clusters.DatasetFingerprint);
            writer.WriteString("settings", clusters.Settings);
            writer.WriteNumber("requested", clusters.RequestedClusters);
            WriteArray(writer, "proxies", clusters.Proxies, writer.WriteNumberValue);
            WriteArray(writer, "labels", clusters.Labels, writer.WriteNumberValue);
            WriteArray(writer, "distances", clusters.Distances, writer.WriteNumberValue);
            writer.WriteEndObject();
        }

        DurableFile.Write(path, buffer.WrittenSpan);
    }

    /// <summary>Loads clusters.</summary>
    /// <param name="path">A file of <see cref="Save"/>.</param>
    /// <exception cref="RefinementException">The file is damaged, of another kind or of a later version.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static RecordClusters Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonElement root = document.RootElement;
            if (!string.Equals(root.GetProperty("format").GetString(), Format, StringComparison.Ordinal) || root.GetProperty("version").GetInt32() != Version)
            {
                throw Unreadable(path, $"it is not '{Format}' of version {Version}");
            }

            RecordClusters clusters = new(
                [.. root.GetProperty("labels").EnumerateArray().Select(label => label.GetInt32())],
                [.. root.GetProperty("distances").EnumerateArray().Select(distance => distance.GetDouble())],
                [.. root.GetProperty("proxies").EnumerateArray().Select(proxy => proxy.GetInt32())])
            {
                RequestedClusters = root.GetProperty("requested").GetInt32(),
                DatasetFingerprint = root.GetProperty("dataset").GetString() ?? string.Empty,
                Settings = root.GetProperty("settings").GetString() ?? string.Empty,
            };
            bool isWhole = clusters.Distances.Count == clusters.Labels.Count
                && clusters.Labels.All(label => (uint)label < (uint)clusters.Proxies.Count)
                && clusters.Proxies.All(proxy => (uint)proxy < (uint)clusters.Labels.Count);
            return isWhole ? clusters : throw Unreadable(path, "a label is of no cluster, a proxy is no record, or distances are missing");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw Unreadable(path, e.Message, e);
        }
    }

    private static RefinementException Unreadable(string path, string problem, Exception? inner = null) =>
        new(RefinementError.UnreadableFile, $"'{path}' is not what clusters are saved as: {problem}. Delete it to cluster anew.", path, inner);

    private static void WriteArray<T>(Utf8JsonWriter writer, string name, IReadOnlyList<T> values, Action<T> write)
    {
        writer.WriteStartArray(name);
        foreach (T value in values)
        {
            write(value);
        }

        writer.WriteEndArray();
    }
}
