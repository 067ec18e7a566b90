using System.Buffers;
using System.Text.Json;
using ModelAggregation.Mixture.Routers;

namespace ModelAggregation.Mixture.Text;

/// <summary>Routed models as JSON, version 1.</summary>
internal static class RoutedModelJson
{
    private const string Format = "modelaggregation.routed";
    private const int Version = 1;
    private const int MostExperts = 1024;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    public static ReadOnlySpan<byte> Write(RoutedModel model, string root, string routerHash)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString("format", Format);
            json.WriteNumber("version", Version);
            json.WriteStartArray("experts");
            foreach (RoutedModelExpert expert in model.Experts)
            {
                json.WriteStartObject();
                json.WriteString("name", expert.Name);
                json.WriteString("folder", Shorten(expert.Folder, root));
                json.WriteString("identity", expert.Identity);
                json.WriteStartArray("labels");
                foreach (string label in expert.Labels)
                {
                    json.WriteStringValue(label);
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
            WriteRouter(json, model.Router, root, routerHash);
            json.WriteStartObject("provenance");
            foreach ((string key, string value) in model.Provenance.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                json.WriteString(key, value);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan;
    }

    public static RoutedModel Read(byte[] content, string path, string root)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(content, Strict);
            JsonElement json = document.RootElement;
            if (json.GetProperty("format").GetString() is not Format || json.GetProperty("version").GetInt32() is not Version)
            {
                throw new FormatException($"It is not of the format '{Format}', version {Version}.");
            }

            RoutedModelExpert[] experts = [.. json.GetProperty("experts").EnumerateArray().Take(MostExperts + 1).Select(expert => ReadExpert(expert, root))];
            if (experts.Length is < 2 or > MostExperts || experts.DistinctBy(expert => expert.Name, StringComparer.Ordinal).Count() != experts.Length)
            {
                throw new FormatException($"It has 2 to {MostExperts} models, each with a name of its own.");
            }

            return new RoutedModel
            {
                Experts = experts,
                Router = ReadRouter(json.GetProperty("router"), root, experts.Length),
                Provenance = json.GetProperty("provenance").EnumerateObject().ToDictionary(pair => pair.Name, pair => Text(pair.Value), StringComparer.Ordinal),
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException or ArgumentException)
        {
            // What JsonElement throws where a property is missing or of another type, and Path where a path is none.
            throw new RoutedModelException(RoutedModelError.FileInvalid, $"'{path}' holds no routed model that this version reads: {e.Message}", path, innerException: e);
        }
    }

    private static void WriteRouter(Utf8JsonWriter json, TextRouterSettings router, string root, string hash)
    {
        json.WriteStartObject("router");
        json.WriteString("model", Shorten(router.Model, root));
        json.WriteString("identity", router.Identity);
        json.WriteNumber("layer", router.Layer);
        json.WriteString("pooling", router.Pooling is RouterPooling.Mean ? "mean" : "last");
        json.WriteString("kind", router.Router.Kind is RouterKind.Linear ? "linear" : "mlp");
        if (router.MaxCharacters is { } most)
        {
            json.WriteNumber("maxCharacters", most);
        }

        json.WriteString("sha256", hash);
        json.WriteEndObject();
    }

    private static RoutedModelExpert ReadExpert(JsonElement expert, string root) => new(Text(expert.GetProperty("name")), Lengthen(expert.GetProperty("folder"), root))
    {
        Identity = Hash(expert.GetProperty("identity")),
        Labels = [.. expert.GetProperty("labels").EnumerateArray().Select(Text)],
    };

    private static TextRouterSettings ReadRouter(JsonElement router, string root, int expertCount)
    {
        RouterKind kind = Text(router.GetProperty("kind")) switch
        {
            "linear" => RouterKind.Linear,
            "mlp" => RouterKind.Mlp,
            string other => throw new FormatException($"A router is 'linear' or 'mlp', not '{other}'."),
        };
        RouterPooling pooling = Text(router.GetProperty("pooling")) switch
        {
            "mean" => RouterPooling.Mean,
            "last" => RouterPooling.Last,
            string other => throw new FormatException($"States are pooled by 'mean' or 'last', not '{other}'."),
        };
        Router weights = RoutedModelFolder.ReadRouter(root, kind, Hash(router.GetProperty("sha256")));
        if (weights.ExpertCount != expertCount)
        {
            throw new FormatException($"The router picks from {weights.ExpertCount} models, and there are {expertCount}.");
        }

        return new TextRouterSettings
        {
            Model = Lengthen(router.GetProperty("model"), root),
            Identity = Hash(router.GetProperty("identity")),
            Layer = router.GetProperty("layer").GetInt32(),
            Pooling = pooling,
            Router = weights,
            MaxCharacters = router.TryGetProperty("maxCharacters", out JsonElement most) ? most.GetInt32() : null,
        };
    }

    private static string Text(JsonElement text) => text.GetString() is { Length: > 0 } value ? value : throw new FormatException("A text is empty or null.");

    private static string Hash(JsonElement text) =>
        Text(text) is { Length: 64 } hash && hash.All(digit => char.IsAsciiDigit(digit) || digit is >= 'a' and <= 'f') ? hash : throw new FormatException("A hash is not 64 lower-case hexadecimal digits.");

    // With slashes on any system. There is no relative path to another drive: then the full one is kept.
    private static string Shorten(string folder, string root) => Path.GetRelativePath(root, folder).Replace(Path.DirectorySeparatorChar, '/');

    private static string Lengthen(JsonElement folder, string root) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(Text(folder), root));
}
