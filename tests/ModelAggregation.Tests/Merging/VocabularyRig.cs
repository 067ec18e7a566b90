using System.Text.Json.Nodes;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Tests.Merging;

/// <summary>Models of an embedding and a head of two columns, with tokenizers.</summary>
internal static class VocabularyRig
{
    public const string Embedding = "model.embed_tokens.weight";
    public const string Head = "lm_head.weight";

    /// <summary>Writes a model: row r of its embedding is (scale·(r+1), -scale·(r+1)), and of its head ten times that.</summary>
    public static void Write(
        TestFolder folder, string name, TestTokenizer? tokenizer, int rows, float scale = 1, bool hasHead = true, JsonObject? config = null, DataType type = DataType.F32)
    {
        float[] values = [.. Enumerable.Range(0, rows * 2).Select(i => scale * ((i / 2) + 1) * (i % 2 == 0 ? 1 : -1))];
        using TestModel model = new() { Config = config ?? new JsonObject { ["vocab_size"] = rows, ["tie_word_embeddings"] = !hasHead } };
        model.Add(Embedding, type, [rows, 2], values);
        if (hasHead)
        {
            model.Add(Head, type, [rows, 2], [.. values.Select(value => 10 * value)]);
        }

        model.Write(folder[name]);
        tokenizer?.Write(folder[name]);
    }

    public static MergeReport Merge(MergeRecipe recipe, string output) =>
        new ModelMerger().Merge(recipe, output, new MergeOptions { Threads = 2, Overwrite = true });

    /// <summary>Returns the first column of a merged matrix.</summary>
    public static float[] Column(string folder, string tensor)
    {
        using Checkpoint output = Checkpoint.Open(folder);
        return [.. TensorBytes.Singles(output, tensor).Where((_, index) => index % 2 == 0)];
    }

    public static PlanProblem[] Problems(MergeRecipe recipe) =>
        [.. Assert.Throws<MergePlanException>(() => new ModelMerger().Plan(recipe).Dispose())!.Problems];

    public static JsonObject Json(string path) => JsonNode.Parse(File.ReadAllText(path))!.AsObject();
}
