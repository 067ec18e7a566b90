using System.Buffers;
using System.Globalization;
using System.Text.Json;
using DataShapley.Games;

namespace DataShapley.Results;

/// <summary>Results as JSON, version 1.</summary>
internal static class ValuationJson
{
    private const string Format = "datashapley.valuation";
    private const int Version = 1;

    public static ReadOnlySpan<byte> Write(ValuationResult result)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteString("format", Format);
            json.WriteNumber("version", Version);
            WriteRun(json, result);
            WriteNumbers(json, "values", result.Values);
            WriteNumbers(json, "standardErrors", result.StandardErrors.Select(error => double.IsInfinity(error) ? double.NaN : error));
            WriteIntegers(json, "infiniteErrors", Enumerable.Range(0, result.Values.Count).Where(i => double.IsInfinity(result.StandardErrors[i])).Select(i => (long)i));
            WriteIntegers(json, "counts", result.Counts);
            WriteNumbers(json, "variances", result.Variances);
            WriteNumbers(json, "degreesOfFreedom", result.DegreesOfFreedom);
            json.WriteStartArray("names");
            foreach (string name in result.Names)
            {
                json.WriteStringValue(name);
            }

            json.WriteEndArray();
            json.WriteStartArray("samples");
            foreach (double[] row in result.Samples)
            {
                WriteNumbers(json, null, row);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan;
    }

    public static ValuationResult Read(ReadOnlyMemory<byte> content, string path)
    {
        try
        {
            ReadOnlyMemory<byte> withoutMark = content.Span.StartsWith("\uFEFF"u8) ? content[3..] : content;
            using JsonDocument document = JsonDocument.Parse(withoutMark);
            return Read(document.RootElement, path);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException or IndexOutOfRangeException or ArgumentException)
        {
            // What JsonElement throws where a property is missing or of another type.
            throw Unreadable(path, e.Message, e);
        }
    }

    private static ValuationResult Read(JsonElement root, string path)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("format", out JsonElement format) || !format.ValueEquals(Format))
        {
            throw Unreadable(path, $"it has no \"format\": \"{Format}\"");
        }

        int version = root.GetProperty("version").GetInt32();
        if (version != Version)
        {
            throw Unreadable(path, $"its version is {version}, and this library reads version {Version}");
        }

        double[] values = Numbers(root.GetProperty("values"));
        double[] errors = Fit(Numbers(root.GetProperty("standardErrors")), "standardErrors");
        foreach (JsonElement player in root.GetProperty("infiniteErrors").EnumerateArray())
        {
            int index = player.GetInt32();
            errors[(uint)index < (uint)errors.Length ? index : throw Unreadable(path, $"infiniteErrors names player {index} of {errors.Length}")] = double.PositiveInfinity;
        }

        int infinite = Array.FindIndex(values, double.IsInfinity);
        if (infinite >= 0)
        {
            throw Unreadable(path, $"the value of player {infinite} is infinite");
        }

        string[] names = [.. root.GetProperty("names").EnumerateArray().Select(name => Text(name))];
        return ReadRun(root, new ValuationResult(values, errors, Fit([.. root.GetProperty("counts").EnumerateArray().Select(count => count.GetInt64())], "counts"))
        {
            Variances = Fit(Numbers(root.GetProperty("variances")), "variances"),
            DegreesOfFreedom = Fit(Numbers(root.GetProperty("degreesOfFreedom")), "degreesOfFreedom"),
            Names = names.Length == 0 ? names : Fit(names, "names"),
            Samples = [.. root.GetProperty("samples").EnumerateArray().Select(row => Fit(Numbers(row), "samples"))],
        });

        T[] Fit<T>(T[] list, string name) =>
            list.Length == values.Length ? list : throw Unreadable(path, $"'{name}' has {list.Length} entries for {values.Length} values");
    }

    private static void WriteRun(Utf8JsonWriter json, ValuationResult result)
    {
        json.WriteString("estimator", result.Estimator);
        json.WriteString("settings", result.Settings);
        json.WriteString("utility", result.Utility);
        json.WritePropertyName("range");
        if (result.Range is { } range)
        {
            WriteNumbers(json, null, [range.Minimum, range.Maximum]);
        }
        else
        {
            json.WriteNullValue();
        }

        json.WriteNumber("seed", result.Seed);
        json.WriteString("status", result.Status.ToString());
        json.WriteNumber("draws", result.Draws);
        json.WriteNumber("evaluations", result.Evaluations);
        EvaluationCounts counts = result.EvaluationCounts;
        WriteIntegers(json, "evaluationCounts", [counts.Requested, counts.Evaluated, counts.FromCache, counts.FromJournal, counts.Failed]);
        json.WriteString("elapsed", result.Elapsed.ToString("c", CultureInfo.InvariantCulture));
        json.WriteStartObject("facts");
        foreach ((string name, double fact) in result.Facts.OrderBy(fact => fact.Key, StringComparer.Ordinal))
        {
            json.WritePropertyName(name);
            WriteNumber(json, fact);
        }

        json.WriteEndObject();
    }

    private static ValuationResult ReadRun(JsonElement root, ValuationResult result)
    {
        JsonElement range = root.GetProperty("range");
        JsonElement counts = root.GetProperty("evaluationCounts");
        string status = Text(root.GetProperty("status"));
        SortedDictionary<string, double> facts = new(StringComparer.Ordinal);
        foreach (JsonProperty fact in root.GetProperty("facts").EnumerateObject())
        {
            facts[fact.Name] = Number(fact.Value);
        }

        return result with
        {
            Estimator = Text(root.GetProperty("estimator")),
            Settings = Text(root.GetProperty("settings")),
            Utility = Text(root.GetProperty("utility")),
            Range = range.ValueKind == JsonValueKind.Null ? null : new UtilityRange(Number(range[0]), Number(range[1])),
            Seed = root.GetProperty("seed").GetUInt64(),
            Status = Enum.GetNames<ValuationStatus>().Contains(status, StringComparer.Ordinal) ? Enum.Parse<ValuationStatus>(status) : throw new FormatException($"There is no status '{status}'."),
            Draws = root.GetProperty("draws").GetInt64(),
            Evaluations = root.GetProperty("evaluations").GetInt64(),
            EvaluationCounts = new EvaluationCounts(counts[0].GetInt64(), counts[1].GetInt64(), counts[2].GetInt64(), counts[3].GetInt64(), counts[4].GetInt64()),
            Elapsed = TimeSpan.ParseExact(Text(root.GetProperty("elapsed")), "c", CultureInfo.InvariantCulture),
            Facts = facts,
        };
    }

    private static void WriteNumbers(Utf8JsonWriter json, string? name, IEnumerable<double> numbers)
    {
        if (name is not null)
        {
            json.WritePropertyName(name);
        }

        json.WriteStartArray();
        foreach (double number in numbers)
        {
            WriteNumber(json, number);
        }

        json.WriteEndArray();
    }

    private static void WriteIntegers(Utf8JsonWriter json, string name, IEnumerable<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (long number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }

    private static void WriteNumber(Utf8JsonWriter json, double number)
    {
        if (double.IsFinite(number))
        {
            json.WriteNumberValue(number);
        }
        else if (double.IsNaN(number))
        {
            json.WriteNullValue();
        }
        else
        {
            json.WriteStringValue(number > 0 ? "Infinity" : "-Infinity");
        }
    }

    private static double[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(Number)];

    private static double Number(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Null => double.NaN,
        JsonValueKind.String when element.ValueEquals("Infinity") => double.PositiveInfinity,
        JsonValueKind.String when element.ValueEquals("-Infinity") => double.NegativeInfinity,
        _ => element.GetDouble(),
    };

    private static string Text(JsonElement element) => element.GetString() ?? throw new FormatException("A text is null.");

    private static ValuationException Unreadable(string path, string what, Exception? cause = null) =>
        new(ValuationError.UnreadableResult, $"The file '{path}' is no result of a valuation that can be read: {what}", cause);
}
