using System.Text.Json;
using System.Text.Json.Nodes;
using ModelAggregation.Merging.Recipes;
using ModelTensors;
using ModelTensors.Tokenizers;

namespace ModelAggregation.Merging.Planning;

/// <summary>The tokenizer files of the output that are not copied as they are: written anew, or left out.</summary>
internal sealed class SideDocuments
{
    private const string TokenizerConfig = "tokenizer_config.json";

    // They hold the vocabulary too, and no longer all of it.
    private static readonly string[] OtherVocabularies = ["tokenizer.model", "vocab.json", "merges.txt", "vocab.txt", "added_tokens.json"];

    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private SideDocuments()
    {
    }

    /// <summary>Gets the files to write, by name.</summary>
    public SortedDictionary<string, string> Texts { get; } = new(StringComparer.Ordinal);

    /// <summary>Gets the names of files that are not to be copied.</summary>
    public HashSet<string> LeftOut { get; } = new(StringComparer.Ordinal);

    /// <summary>Gets the chat template that the recipe asks for, or null.</summary>
    public string? ChatTemplate { get; private set; }

    /// <summary>Gets whether the output's tokenizer files are not simply those of a model.</summary>
    public bool ChangesTokenizer => Texts.Count > 0;

    /// <summary>Makes the documents; what cannot be expressed becomes a problem.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="folder">The folder that the other files are copied from.</param>
    /// <param name="vocabulary">The vocabulary, if the recipe says whose it is.</param>
    /// <param name="models">All models.</param>
    /// <param name="findings">Receives problems and warnings.</param>
    public static SideDocuments Create(
        MergeRecipe recipe, string? folder, VocabularyPlan? vocabulary, IReadOnlyList<OpenModel> models, PlanFindings findings)
    {
        SideDocuments documents = new();
        try
        {
            JsonObject? config = null;
            if (vocabulary is { NewTokens.Count: > 0 } && folder is not null)
            {
                documents.Texts["tokenizer.json"] = Text(TokenizerFiles.Extend(folder, vocabulary.NewTokens));
                config = TokenizerFiles.TryReadConfig(folder);
                if (config is not null)
                {
                    TokenizerFiles.ExtendConfig(config, vocabulary.NewTokens);
                    documents.Texts[TokenizerConfig] = Text(config);
                }

                documents.LeaveOut(folder, vocabulary.NewTokens.Count, findings);
            }

            if (recipe.ChatTemplate is { } template && Choose(template, models, findings) is { } chosen)
            {
                config ??= (folder is null ? null : TokenizerFiles.TryReadConfig(folder)) ?? [];
                config["chat_template"] = chosen;
                documents.ChatTemplate = chosen;
                documents.Texts[TokenizerConfig] = Text(config);
                documents.Texts["chat_template.jinja"] = chosen;
                documents.LeftOut.Add("chat_template.json");
            }
        }
        catch (ModelDataException error)
        {
            findings.Add(PlanProblemKind.Tokenizer, error.Message);
        }

        return documents;
    }

    private void LeaveOut(string folder, int tokens, PlanFindings findings)
    {
        string[] present = [.. OtherVocabularies.Where(name => File.Exists(Path.Combine(folder, name)))];
        if (present.Length > 0)
        {
            LeftOut.UnionWith(present);
            findings.Warn($"Not written, because {tokens} new tokens have no place there: {string.Join(", ", present)}. tokenizer.json has the whole vocabulary.");
        }
    }

    // The most common; of equally common ones that of the first model.
    private static string? Choose(string template, IReadOnlyList<OpenModel> models, PlanFindings findings)
    {
        if (!string.Equals(template, ChatTemplates.Auto, StringComparison.Ordinal))
        {
            return ChatTemplates.Find(template);
        }

        string? common = models
            .Select(model => model.Tensors.Folder is { } folder ? TokenizerFiles.TryReadChatTemplate(folder) : null)
            .OfType<string>()
            .GroupBy(text => text, StringComparer.Ordinal)
            .OrderByDescending(group => group.Count())
            .FirstOrDefault()?.Key;
        if (common is null)
        {
            findings.Warn("'chat_template: auto': no model has a chat template, and none is written.");
        }

        return common;
    }

    private static string Text(JsonObject document) => document.ToJsonString(Indented) + "\n";
}
