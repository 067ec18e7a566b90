using System.Text.Json.Nodes;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Checkpoints;
using ModelTensors.Devices.Cpu;

namespace ModelAggregation.Conformance;

/// <summary>Every golden case of embeddings in another vocabulary's order, from tokenizer files to the rows that methods see.</summary>
public sealed class VocabularyConformanceTests
{
    private const string Embedding = "model.embed_tokens.weight";
    private const int Width = 7;

    // Sums of up to eighteen rows: the reference's are in float.
    private const double Tolerance = 4e-6;

    private static readonly JsonObject[] Cases = [.. Vectors.Load("embeddings.json")["cases"]!.AsArray().Select(item => item!.AsObject())];
    private static readonly GoldenTensors Golden = GoldenTensors.Embeddings;

    private static IEnumerable<string> Ids() => Cases.Select(Id);

    [Test]
    public void TheVectorsHaveTheCases() =>
        Assert.That(Ids(), Is.EqualTo((string[])["union_nobase", "union_base", "pad", "zero_forced", "from_model", "from_token", "unknown_everywhere"]));

    [TestCaseSource(nameof(Ids))]
    public void Rows_AgreeWithTheReference_HoweverTheyAreRead(string id)
    {
        JsonObject item = Cases.Single(item => string.Equals(Id(item), id, StringComparison.Ordinal));
        using TestFolder folder = new();
        Write(item, folder);
        using MergePlan plan = new ModelMerger().Plan(Recipe(item, folder, "linear"));
        PlannedTensor tensor = plan.Tensors.Single();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(plan.Vocabulary!.Tokens, Is.EqualTo(item["out_vocab"]!.AsArray().Select(token => token!.GetValue<string>())));
            foreach ((PlannedInput input, string model) in tensor.Inputs.Zip((string[])["m", "a", "b"]))
            {
                byte[] whole = TensorBytes.Read(input.Source);
                AssertAgrees(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(whole).ToArray(), Expected(id, model), model);
                Assert.That(ReadInPieces(input.Source, 61), Is.EqualTo(whole), $"{model} in pieces of 61");
                Assert.That(ReadInPieces(input.Source, 3), Is.EqualTo(whole), $"{model} in pieces of 3");
            }
        }
    }

    [TestCaseSource(nameof(Ids))]
    public void Merge_IsThatOfTheRows_OnAnyThreadsAndTiles(string id)
    {
        JsonObject item = Cases.Single(item => string.Equals(Id(item), id, StringComparison.Ordinal));
        using TestFolder folder = new();
        Write(item, folder);
        float[][] rows = [.. ((string[])["m", "a", "b"]).Select(model => Expected(id, model))];
        float[] mean = [.. Enumerable.Range(0, rows[0].Length).Select(i => (float)(rows.Sum(row => (double)row[i]) / 3))];
        byte[]? first = null;
        foreach ((int threads, int tile) in (ReadOnlySpan<(int, int)>)[(1, 65_536), (1, 61), (2, 61), (7, 61), (7, 65_536)])
        {
            using CpuDevice device = new(new CpuDeviceOptions { Threads = threads, TileElements = tile });
            ModelMerger merger = new();
            using MergePlan plan = merger.Plan(Recipe(item, folder, "linear"));
            using MergedModel output = merger.MergeInMemory(plan, new MergeOptions { Device = device });
            byte[] bytes = TensorBytes.Read(output, Embedding);
            first ??= bytes;

            Assert.That(bytes, Is.EqualTo(first), $"other bytes with {threads} threads and tiles of {tile}");
        }

        AssertAgrees(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(first!).ToArray(), mean, "merge");
    }

    private static string Id(JsonObject item) => item["id"]!.GetValue<string>();

    private static byte[] ReadInPieces(TensorSource source, int count)
    {
        byte[] bytes = new byte[source.ByteLength];
        for (long start = 0; start < source.Shape.ElementCount; start += count)
        {
            int length = (int)Math.Min(count, source.Shape.ElementCount - start);
            source.Read(start, bytes.AsSpan((int)start * sizeof(float), length * sizeof(float)));
        }

        return bytes;
    }

    private static void AssertAgrees(float[] actual, float[] expected, string what)
    {
        Assert.That(actual, Has.Length.EqualTo(expected.Length), what);
        double scale = expected.Max(value => Math.Abs((double)value));
        for (int i = 0; i < actual.Length; i++)
        {
            Assert.That(Math.Abs((double)actual[i] - expected[i]), Is.LessThanOrEqualTo(Tolerance * scale), $"{what}, row {i / Width}, column {i % Width}");
        }
    }

    // Where the reference fails, its documentation says what the row would be: zeros, all else as in the case without the token's rule.
    private static float[] Expected(string id, string model)
    {
        switch (id)
        {
            case "zero_forced":
                float[] forced = Golden.Singles($"union_base/{model}");
                Array.Clear(forced, 14 * Width, Width);
                return forced;
            case "unknown_everywhere":
                return [.. Golden.Singles($"union_base/{model}"), .. new float[Width]];
            default:
                return Golden.Singles($"{id}/{model}");
        }
    }

    private static void Write(JsonObject item, TestFolder folder)
    {
        foreach ((string name, JsonNode? tokens) in item["model_vocabs"]!.AsObject())
        {
            using TestModel model = new TestModel { Config = new JsonObject { ["vocab_size"] = tokens!.AsArray().Count } }
                .Add(Embedding, DataType.F32, [tokens.AsArray().Count, Width], Golden.Singles(name));
            model.Write(folder[name]);
            string[] texts = [.. tokens.AsArray().Select(token => token!.GetValue<string>())];
            TestTokenizer tokenizer = TestTokenizer.Of(texts.Where(token => token[0] != '<'));
            for (int id = 0; id < texts.Length; id++)
            {
                if (texts[id][0] == '<')
                {
                    tokenizer.With(texts[id], id);
                }
            }

            if (name is "b" && Id(item) is "unknown_everywhere")
            {
                // A number beyond the model's rows: the tokenizer has the token, the model has not.
                tokenizer.With("<none>", texts.Length);
            }

            tokenizer.Write(folder[name]);
        }
    }

    private static MergeRecipe Recipe(JsonObject item, TestFolder folder, string method)
    {
        MergeRecipeBuilder builder = MergeRecipe.With(method).Model(folder["m"]).Model(folder["a"]).Model(folder["b"]).Parameter("weight", 1)
            .Tokenizer(MergeTokenizer.Union, item["pad_to_multiple_of"]?.GetValue<int>());
        if (item["base_model"] is not null)
        {
            builder.Base(folder["m"]);
        }

        foreach ((string token, JsonNode? rule) in item["tokens"]!.AsObject())
        {
            builder.Token(token, Source(rule!["source"]!, folder), rule["force"]?.GetValue<bool>() ?? false);
        }

        return builder.Build();
    }

    private static TokenSource Source(JsonNode node, TestFolder folder) => node switch
    {
        JsonValue model => TokenSource.OfModel(folder[model.GetValue<string>()]),
        _ when node["kind"]!.GetValue<string>() is "zero" => TokenSource.Zero,
        _ when node["token"] is { } token => TokenSource.OfToken(folder[node["model"]!.GetValue<string>()], token.GetValue<string>()),
        _ => TokenSource.OfToken(folder[node["model"]!.GetValue<string>()], node["token_id"]!.GetValue<int>()),
    };
}
