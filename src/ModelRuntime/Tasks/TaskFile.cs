using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ModelTensors.Checkpoints;

namespace ModelRuntime.Tasks;

/// <summary>Reads and writes examples as JSON lines: <c>{"task": "rev", "prompt": "rev:abcde=", "answer": "edcba"}</c>.</summary>
public static class TaskFile
{
    private const string Task = "task";
    private const string Prompt = "prompt";
    private const string Answer = "answer";
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads examples; empty lines and other members are passed over.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="RuntimeException">A line is not such an object (<see cref="RuntimeError.DataInvalid"/>, with its number).</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyList<TaskExample> Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        List<TaskExample> examples = [];
        int number = 0;
        foreach (string line in File.ReadLines(path, Encoding.UTF8))
        {
            number++;
            if (!string.IsNullOrWhiteSpace(line))
            {
                examples.Add(Parse(line, path, number));
            }
        }

        return examples;
    }

    /// <summary>Writes examples; the file is there when it is complete.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="examples">The examples.</param>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public static void Save(string path, IEnumerable<TaskExample> examples)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(examples);
        using MemoryStream content = new();
        using Utf8JsonWriter writer = new(content, Writing);
        foreach (TaskExample example in examples)
        {
            writer.WriteStartObject();
            writer.WriteString(Task, example.Task);
            writer.WriteString(Prompt, example.Prompt);
            writer.WriteString(Answer, example.Answer);
            writer.WriteEndObject();
            writer.Flush();
            writer.Reset();
            content.WriteByte((byte)'\n');
        }

        DurableFile.Write(path, content.GetBuffer().AsSpan(0, (int)content.Length));
    }

    private static TaskExample Parse(string line, string path, int number)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new TaskExample(Read(document, Task), Read(document, Prompt), Read(document, Answer))
                : throw new JsonException("it is not an object");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Half a surrogate pair, escaped, is an InvalidOperationException.
            throw new RuntimeException(
                RuntimeError.DataInvalid, $"'{path}', line {number}: not an example, {{\"task\", \"prompt\", \"answer\"}}: {exception.Message}.", path, null, exception);
        }
    }

    private static string Read(JsonDocument document, string name) =>
        document.RootElement.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw new JsonException($"it has no string '{name}'");
}
