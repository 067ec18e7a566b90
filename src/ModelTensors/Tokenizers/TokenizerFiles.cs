using System.Globalization;
using System.Text.Json.Nodes;
using ModelTensors.Checkpoints;

namespace ModelTensors.Tokenizers;

/// <summary>Reads a folder's tokenizer documents, and makes those of a tokenizer with more tokens.</summary>
public static class TokenizerFiles
{
    // The score of control tokens in unigram files: text never reaches it, because added tokens are found first.
    private const double ControlScore = 0;

    /// <summary>Reads a document of a folder, such as <c>tokenizer.json</c>.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The name of the file.</param>
    /// <returns>The document, or null when the folder has no such file.</returns>
    /// <exception cref="CheckpointException">It is no JSON object with distinct keys, or is too large (<see cref="CheckpointError.TokenizerInvalid"/>).</exception>
    public static JsonObject? TryReadDocument(string folder, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        string path = Path.Combine(folder, name);
        return File.Exists(path) ? JsonFile.ReadObject(path, CheckpointError.TokenizerInvalid) : null;
    }

    /// <summary>Reads <c>tokenizer_config.json</c>.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>The document, or null when the folder has none.</returns>
    /// <exception cref="CheckpointException">It is no JSON object (<see cref="CheckpointError.TokenizerInvalid"/>).</exception>
    public static JsonObject? TryReadConfig(string folder) => TryReadDocument(folder, VocabularyFiles.TokenizerConfig);

    /// <summary>Reads the chat template: <c>chat_template.jinja</c>, else that of <c>tokenizer_config.json</c>, of several the one named <c>default</c>.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>The template, or null when the folder has none.</returns>
    /// <exception cref="CheckpointException">A file is not what it should be (<see cref="CheckpointError.TokenizerInvalid"/>).</exception>
    public static string? TryReadChatTemplate(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string file = Path.Combine(folder, "chat_template.jinja");
        if (File.Exists(file))
        {
            return VocabularyFiles.ReadText(file);
        }

        JsonNode? template = TryReadConfig(folder)?["chat_template"];
        if (template is JsonArray named)
        {
            template = named.OfType<JsonObject>().FirstOrDefault(item => item["name"]?.ToString() is "default")?["template"];
        }

        return template is JsonValue value && value.TryGetValue(out string? text) ? text : null;
    }

    /// <summary>Makes the <c>tokenizer.json</c> of a folder's tokenizer with more tokens.</summary>
    /// <param name="folder">The folder; it has a <c>tokenizer.json</c>.</param>
    /// <param name="tokens">The further tokens.</param>
    /// <returns>The document.</returns>
    /// <remarks>
    /// Every token, added ones too, stands in the model's vocabulary: a reader that finds it there takes its number as it is, and counts up
    /// numbers of its own for those it does not find.
    /// </remarks>
    /// <exception cref="CheckpointException">The file is missing, or has no place for a token (<see cref="CheckpointError.TokenizerUnsupported"/>).</exception>
    public static JsonObject Extend(string folder, IReadOnlyList<NewToken> tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        string path = Path.Combine(folder, VocabularyFiles.TokenizerJson);
        JsonObject document = TryReadDocument(folder, VocabularyFiles.TokenizerJson) ?? throw new CheckpointException(
            CheckpointError.TokenizerUnsupported,
            $"There is no '{path}', and other tokenizer files have no place for {tokens.Count} more tokens. Save the tokenizer with transformers, which writes one, and merge again.",
            path);
        Vocabulary vocabulary = VocabularyFiles.Read(document, path);
        JsonObject model = document["model"]!.AsObject();
        if (model["vocab"] is JsonArray pieces)
        {
            ExtendPieces(pieces, vocabulary, tokens, path);
        }
        else
        {
            ExtendMap(model["vocab"]!.AsObject(), vocabulary, tokens, path);
        }

        JsonArray added = document["added_tokens"] as JsonArray ?? [];
        document["added_tokens"] = added;
        foreach (NewToken token in tokens.Where(token => token.Added is not null))
        {
            JsonObject definition = Definition(token.Added!);
            definition.Insert(0, "id", token.Id);
            added.Add((JsonNode)definition);
        }

        return document;
    }

    /// <summary>Adds tokens to the <c>added_tokens_decoder</c> of a <c>tokenizer_config.json</c>, if it has one.</summary>
    /// <param name="config">The document, which is changed.</param>
    /// <param name="tokens">The further tokens; ordinary ones have no place there.</param>
    public static void ExtendConfig(JsonObject config, IReadOnlyList<NewToken> tokens)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(tokens);
        if (config["added_tokens_decoder"] is not JsonObject decoder)
        {
            return;
        }

        foreach (NewToken token in tokens.Where(token => token.Added is not null))
        {
            decoder[token.Id.ToString(CultureInfo.InvariantCulture)] = Definition(token.Added!);
        }
    }

    private static void ExtendMap(JsonObject map, Vocabulary vocabulary, IReadOnlyList<NewToken> tokens, string path)
    {
        HashSet<int> ordinary = [.. map.Select(item => item.Value!.GetValue<int>())];
        foreach ((int id, AddedToken token) in vocabulary.AddedTokens.Where(item => !map.ContainsKey(item.Value.Content)))
        {
            if (!ordinary.Add(id))
            {
                throw Unsupported(path, $"the added token '{token.Content}' shares its number {id} with an ordinary one");
            }

            map.Add(token.Content, id);
        }

        foreach (NewToken token in tokens)
        {
            if (!ordinary.Add(token.Id) || !map.TryAdd(token.Content, token.Id))
            {
                throw new ArgumentException($"Token '{token.Content}' or its number {token.Id} is there already.", nameof(tokens));
            }
        }
    }

    // In a list the place is the number, so that nothing may be left out.
    private static void ExtendPieces(JsonArray pieces, Vocabulary vocabulary, IReadOnlyList<NewToken> tokens, string path)
    {
        for (int id = pieces.Count; id < vocabulary.Tokens.Count; id++)
        {
            string token = vocabulary.Tokens[id] ?? throw Unsupported(path, $"number {id} has no token, and a unigram vocabulary leaves none out");
            pieces.Add((JsonNode)new JsonArray(token, ControlScore));
        }

        foreach (NewToken token in tokens.OrderBy(token => token.Id))
        {
            if (token.Id != pieces.Count)
            {
                throw Unsupported(path, $"token '{token.Content}' has number {token.Id} and a unigram vocabulary goes on with {pieces.Count}");
            }

            double score = token.Added is not null ? ControlScore
                : token.Score ?? throw Unsupported(path, $"the ordinary token '{token.Content}' has no score, which a unigram vocabulary needs");
            pieces.Add((JsonNode)new JsonArray(token.Content, score));
        }
    }

    private static JsonObject Definition(AddedToken token) => new()
    {
        ["content"] = token.Content,
        ["single_word"] = token.IsSingleWord,
        ["lstrip"] = token.StripsLeft,
        ["rstrip"] = token.StripsRight,
        ["normalized"] = token.IsNormalized,
        ["special"] = token.IsSpecial,
    };

    private static CheckpointException Unsupported(string path, string what) =>
        new(CheckpointError.TokenizerUnsupported, $"'{path}' has no place for more tokens: {what}.", path);
}
