using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelTensors.Checkpoints;

namespace ModelTensors.Tokenizers;

/// <summary>Reads vocabularies from the files that tokenizers are kept in.</summary>
internal static class VocabularyFiles
{
    public const string TokenizerJson = "tokenizer.json";
    public const string TokenizerConfig = "tokenizer_config.json";

    private const string BytePairVocabulary = "vocab.json";
    private const string WordPieceVocabulary = "vocab.txt";
    private const string SentencePieceModel = "tokenizer.model";
    private const string AddedTokens = "added_tokens.json";

    // Those of large public models have five megabytes.
    private const long LargestText = 64L << 20;

    public static Vocabulary? TryRead(string folder)
    {
        if (Path.Combine(folder, TokenizerJson) is var whole && File.Exists(whole))
        {
            return Read(JsonFile.ReadObject(whole, CheckpointError.TokenizerInvalid), whole);
        }

        Vocabulary? vocabulary = TryReadOrdinary(folder);
        if (vocabulary is not null)
        {
            ReadAdded(folder, vocabulary);
        }

        return vocabulary;
    }

    /// <summary>Reads the vocabulary of a <c>tokenizer.json</c>.</summary>
    public static Vocabulary Read(JsonObject document, string path)
    {
        if (document["model"] is not JsonObject model)
        {
            throw Fail(path, "has no object 'model'");
        }

        Vocabulary vocabulary = new(path, Kind(model, path), IsByteLevel(document["pre_tokenizer"]) || IsByteLevel(document["decoder"]));
        switch (model["vocab"])
        {
            case JsonArray pieces:
                for (int id = 0; id < pieces.Count; id++)
                {
                    AddPiece(vocabulary, pieces[id], id, path);
                }

                break;
            case JsonObject map:
                AddMap(vocabulary, map, path);
                break;
            default:
                throw Fail(path, "has no 'vocab' in its 'model'");
        }

        foreach (JsonNode? node in document["added_tokens"] as JsonArray ?? [])
        {
            if (node is not JsonObject token || Text(token["content"]) is not { } content || Number(token["id"]) is not { } id)
            {
                throw Fail(path, "has an entry without 'id' and 'content' in 'added_tokens'");
            }

            vocabulary.Add(Token(content, token), id);
        }

        return vocabulary;
    }

    public static byte[] ReadBounded(string path)
    {
        long length = new FileInfo(path).Length;
        return length <= LargestText
            ? File.ReadAllBytes(path)
            : throw new CheckpointException(CheckpointError.TokenizerInvalid, $"'{path}' has {length} bytes, at most {LargestText} are read.", path);
    }

    public static string ReadText(string path)
    {
        try
        {
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(ReadBounded(path));
        }
        catch (DecoderFallbackException error)
        {
            throw new CheckpointException(CheckpointError.TokenizerInvalid, $"'{path}' is not UTF-8 text.", path, innerException: error);
        }
    }

    public static AddedToken Token(string content, JsonObject definition) => new(content)
    {
        IsSpecial = Flag(definition, "special"),
        IsSingleWord = Flag(definition, "single_word"),
        StripsLeft = Flag(definition, "lstrip"),
        StripsRight = Flag(definition, "rstrip"),
        IsNormalized = Flag(definition, "normalized"),
    };

    private static Vocabulary? TryReadOrdinary(string folder)
    {
        if (Path.Combine(folder, BytePairVocabulary) is var pairs && File.Exists(pairs))
        {
            Vocabulary vocabulary = new(pairs, VocabularyKind.BytePair, isByteLevel: true);
            AddMap(vocabulary, JsonFile.ReadObject(pairs, CheckpointError.TokenizerInvalid), pairs);
            return vocabulary;
        }

        if (Path.Combine(folder, WordPieceVocabulary) is var words && File.Exists(words))
        {
            return ReadLines(words);
        }

        return Path.Combine(folder, SentencePieceModel) is var model && File.Exists(model) ? SentencePieceFile.Read(model) : null;
    }

    private static VocabularyKind Kind(JsonObject model, string path) => (Text(model["type"]), model["vocab"]) switch
    {
        ("BPE", JsonObject) => VocabularyKind.BytePair,
        ("WordPiece", JsonObject) => VocabularyKind.WordPiece,
        ("WordLevel", JsonObject) => VocabularyKind.WordLevel,
        ("Unigram", JsonArray) => VocabularyKind.Unigram,
        // Old files do not say what they are.
        (null, JsonArray) => VocabularyKind.Unigram,
        (null, JsonObject) when model["merges"] is JsonArray => VocabularyKind.BytePair,
        (null, JsonObject) => model.ContainsKey("continuing_subword_prefix") ? VocabularyKind.WordPiece : VocabularyKind.WordLevel,
        (var type, _) => throw Fail(path, $"has a model of type '{type}'; BPE, WordPiece, WordLevel and Unigram with a 'vocab' are read"),
    };

    private static bool IsByteLevel(JsonNode? node) => node switch
    {
        JsonObject item => string.Equals(Text(item["type"]), "ByteLevel", StringComparison.Ordinal)
            || IsByteLevel(item["pretokenizers"]) || IsByteLevel(item["decoders"]),
        JsonArray list => list.Any(IsByteLevel),
        _ => false,
    };

    private static void AddMap(Vocabulary vocabulary, JsonObject map, string path)
    {
        foreach ((string token, JsonNode? id) in map)
        {
            vocabulary.Add(token, Number(id) ?? throw Fail(path, $"has no whole number for token '{token}'"));
        }
    }

    private static void AddPiece(Vocabulary vocabulary, JsonNode? node, int id, string path)
    {
        if (node is not JsonArray { Count: 2 } pair || Text(pair[0]) is not { } piece || pair[1] is not JsonValue value || !value.TryGetValue(out double score))
        {
            throw Fail(path, $"has no piece with a score at number {id}");
        }

        vocabulary.Add(piece, id, score);
    }

    private static Vocabulary ReadLines(string path)
    {
        Vocabulary vocabulary = new(path, VocabularyKind.WordPiece, isByteLevel: false);
        int id = 0;
        ReadOnlySpan<char> lines = ReadText(path);
        // The last line may have no end, and an end has no line after it.
        while (!lines.IsEmpty)
        {
            int end = lines.IndexOf('\n');
            ReadOnlySpan<char> line = end < 0 ? lines : lines[..end];
            vocabulary.Add(line.TrimEnd('\r').ToString(), id++);
            lines = end < 0 ? [] : lines[(end + 1)..];
        }

        return vocabulary;
    }

    // Tokenizers without tokenizer.json keep their added tokens in two places, the newer with all that is known of them.
    private static void ReadAdded(string folder, Vocabulary vocabulary)
    {
        string added = Path.Combine(folder, AddedTokens);
        string config = Path.Combine(folder, TokenizerConfig);
        if (File.Exists(added))
        {
            foreach ((string content, JsonNode? id) in JsonFile.ReadObject(added, CheckpointError.TokenizerInvalid))
            {
                vocabulary.Add(new AddedToken(content), Number(id) ?? throw Fail(added, $"has no whole number for token '{content}'"));
            }
        }

        if (File.Exists(config) && JsonFile.ReadObject(config, CheckpointError.TokenizerInvalid)["added_tokens_decoder"] is JsonObject decoder)
        {
            foreach ((string number, JsonNode? node) in decoder)
            {
                if (!int.TryParse(number, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int id)
                    || node is not JsonObject token || Text(token["content"]) is not { } content)
                {
                    throw Fail(config, $"has an entry '{number}' in 'added_tokens_decoder' that is no number with a 'content'");
                }

                vocabulary.Add(Token(content, token), id);
            }
        }
    }

    private static bool Flag(JsonObject token, string key) => token[key] is JsonValue value && value.GetValueKind() == JsonValueKind.True;

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static long? Number(JsonNode? node) => node is JsonValue value && value.TryGetValue(out long number) ? number : null;

    private static CheckpointException Fail(string path, string what) => new(CheckpointError.TokenizerInvalid, $"'{path}' {what}.", path);
}
