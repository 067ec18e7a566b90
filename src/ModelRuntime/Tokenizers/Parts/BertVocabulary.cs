using System.Text.Json;
using System.Text.Json.Nodes;
using ModelTensors.Tokenizers;

namespace ModelRuntime.Tokenizers.Parts;

/// <summary>Loads BERT's tokenizer from <c>vocab.txt</c>, one token a line, and the settings of <c>tokenizer_config.json</c>.</summary>
internal static class BertVocabulary
{
    private const string Continuation = "##";
    private const int LongestWord = 100;

    private static readonly string[] Families = ["Bert", "DistilBert", "Electra", "MobileBert"];
    private static readonly (string Key, string Otherwise)[] SpecialNames =
    [
        ("unk_token", "[UNK]"), ("cls_token", "[CLS]"), ("sep_token", "[SEP]"), ("pad_token", "[PAD]"), ("mask_token", "[MASK]"),
    ];

    /// <summary>Loads the tokenizer.</summary>
    public static PipelineTokenizer Load(string folder, string path)
    {
        const string settingsFile = "tokenizer_config.json";
        JsonObject document = TokenizerFiles.TryReadConfig(folder) ?? [];
        TokenizerPart settings = new(document, Path.Combine(folder, settingsFile), settingsFile);
        string? family = settings.OptionalText("tokenizer_class");
        if (family is not null && !Array.Exists(Families, name => family.Equals($"{name}Tokenizer", StringComparison.Ordinal) || family.Equals($"{name}TokenizerFast", StringComparison.Ordinal)))
        {
            throw settings.Unsupported($"names the class '{family}' for a '{Path.GetFileName(path)}'");
        }

        Vocabulary vocabulary = Vocabulary.TryRead(folder)!;
        if (vocabulary.Kind != VocabularyKind.WordPiece)
        {
            throw settings.Invalid($"belongs to a folder with two vocabularies, '{vocabulary.FileName}' and '{Path.GetFileName(path)}': take away the one that is not the model's");
        }

        bool lowersCase = settings.Flag("do_lower_case", otherwise: true);
        Dictionary<int, AddedToken> added = new(vocabulary.AddedTokens);
        int[] special = [.. SpecialNames.Select(name => Number(Name(document, name.Key) ?? name.Otherwise))];
        foreach (int id in special.Where(id => id >= 0))
        {
            added.TryAdd(id, new AddedToken(vocabulary.Tokens[id]!) { IsSpecial = true });
        }

        // Unknown words, and what begins and ends a text: without these three there is no sequence.
        for (int i = 0; i < 3; i++)
        {
            if (special[i] < 0)
            {
                throw new RuntimeException(
                    RuntimeError.TokenizerInvalid,
                    $"'{path}' has no token '{Name(document, SpecialNames[i].Key) ?? SpecialNames[i].Otherwise}', which BERT's sequences need; another name would be the '{SpecialNames[i].Key}' of {settingsFile}.",
                    path);
            }
        }

        TokenizerParts parts = new(
            Normalizers.Bert(cleansText: true, settings.Flag("tokenize_chinese_chars", otherwise: true), settings.Flag("strip_accents", otherwise: lowersCase), lowersCase),
            PreTokenizers.Bert(),
            new WordPieceModel(Words(vocabulary), Continuation, special[0], LongestWord),
            new SequenceTemplate([special[1]], [special[2]]),
            tokens => string.Concat(TokenJoiners.WordPiece(Continuation, cleans: true)(tokens)));
        return new PipelineTokenizer(vocabulary.Tokens, added, parts, SpecialTokens.Read(folder, vocabulary));

        int Number(string token) => vocabulary.TryGetId(token, out int id) ? id : -1;
    }

    private static Dictionary<string, int> Words(Vocabulary vocabulary)
    {
        Dictionary<string, int> words = new(vocabulary.Count, StringComparer.Ordinal);
        for (int id = 0; id < vocabulary.Tokens.Count; id++)
        {
            if (vocabulary.Tokens[id] is { } token)
            {
                words.Add(token, id);
            }
        }

        return words;
    }

    private static string? Name(JsonObject settings, string key) =>
        (settings[key] is JsonObject token ? token["content"] : settings[key]) is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;
}
