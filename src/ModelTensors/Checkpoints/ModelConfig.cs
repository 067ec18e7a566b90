using System.Text.Json.Nodes;

namespace ModelTensors.Checkpoints;

/// <summary>A model's <c>config.json</c>, kept as a document so that unknown keys survive.</summary>
public sealed class ModelConfig
{
    private readonly JsonObject _document;

    /// <summary>Creates a configuration from a document, which is copied.</summary>
    /// <param name="document">The content of a <c>config.json</c>.</param>
    public ModelConfig(JsonObject document)
    {
        ArgumentNullException.ThrowIfNull(document);
        _document = document.DeepClone().AsObject();
    }

    /// <summary>Gets the first name of <c>architectures</c>, such as <c>LlamaForCausalLM</c>, or null.</summary>
    public string? Architecture => (_document["architectures"] as JsonArray)?.FirstOrDefault() is JsonValue value && value.TryGetValue(out string? name) ? name : null;

    /// <summary>Gets <c>num_hidden_layers</c> (also <c>n_layer</c> and <c>num_layers</c>), or null.</summary>
    public int? LayerCount => GetInt32("num_hidden_layers") ?? GetInt32("n_layer") ?? GetInt32("num_layers");

    /// <summary>Gets whether <c>tie_word_embeddings</c> is true.</summary>
    public bool TiesWordEmbeddings => _document["tie_word_embeddings"] is JsonValue value && value.TryGetValue(out bool tied) && tied;

    /// <summary>Returns a copy of the document that the caller may change.</summary>
    public JsonObject ToDocument() => _document.DeepClone().AsObject();

    /// <summary>Reads an integer key of the document.</summary>
    /// <param name="key">The key.</param>
    /// <returns>The value, or null when it is absent or not an integer.</returns>
    public int? GetInt32(string key) => _document[key] is JsonValue value && value.TryGetValue(out int number) ? number : null;
}
