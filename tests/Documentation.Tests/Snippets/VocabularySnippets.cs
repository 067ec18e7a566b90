using System.Text.Json.Nodes;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;

namespace Documentation.Tests.Snippets;

public sealed class VocabularySnippets
{
    [Test]
    public void Union()
    {
        using WorkFolder work = new(nameof(Union));
        string chat = Write(work, "chat", "a-add", "<|im_start|>");
        string math = Write(work, "math", "a-sort", "<|think|>");

        // snippet: Union
        MergeRecipe recipe = MergeRecipe.With("linear")
            .Model(chat, weight: 0.5)
            .Model(math, weight: 0.5)
            .Tokenizer(MergeTokenizer.Union)
            .Token("<|im_start|>", TokenSource.OfModel(chat), force: true)
            .ChatTemplate("chatml")
            .Build();
        using MergePlan plan = new ModelMerger().Plan(recipe);
        Console.WriteLine($"{plan.Vocabulary!.NewTokens.Count} new tokens, {plan.Vocabulary.RowCount} rows");
        // end

        Assert.That(plan.Vocabulary!.NewTokens.Select(token => token.Content), Is.EqualTo((string[])["<|think|>"]));
        Assert.That(plan.Vocabulary.RowCount, Is.EqualTo(129));
    }

    // The sample's models read one letter a token, and their last row is free.
    private static string Write(WorkFolder work, string name, string model, string added)
    {
        string folder = Directory.CreateDirectory(work[name]).FullName;
        foreach (string file in Directory.GetFiles(Path.Combine(WorkFolder.Models, model)))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        JsonObject letters = [];
        for (int id = 0; id < 127; id++)
        {
            letters[id < 3 ? ((string[])["<pad>", "<bos>", "<eos>"])[id] : ((char)id).ToString()] = id;
        }

        JsonObject tokenizer = new()
        {
            ["model"] = new JsonObject { ["type"] = "WordLevel", ["vocab"] = letters },
            ["added_tokens"] = new JsonArray(new JsonObject { ["id"] = 127, ["content"] = added, ["special"] = true }),
        };
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), tokenizer.ToJsonString());
        return folder;
    }
}
