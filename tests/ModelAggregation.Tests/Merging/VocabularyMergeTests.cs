using System.Text.Json.Nodes;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Checkpoints;
using ModelTensors.Tokenizers;
using static ModelAggregation.Tests.Merging.VocabularyRig;

namespace ModelAggregation.Tests.Merging;

/// <summary>Merges of models with different tokenizers, read back from the folders they were written to.</summary>
public sealed class VocabularyMergeTests
{
    [Test]
    public void Union_GivesTheRowsWorkedOutByHand_AndATokenizerThatNumbersThem()
    {
        using TestFolder folder = new();
        Write(folder, "a", TestTokenizer.Of("x", "y").With("<s>", 2), rows: 3);
        // Another order, one ordinary token and two added ones more.
        Write(folder, "b", TestTokenizer.Of("y", "z", "x").With("<|im_end|>", 3).With("<|im_start|>", 4, isSpecial: false), rows: 5, scale: 100);
        Merge(Linear(folder).Tokenizer(MergeTokenizer.Union).Build(), folder["out"]);

        using (Assert.EnterMultipleScope())
        {
            // x, y, <s>, z, <|im_end|>, <|im_start|>: means of a's and b's, then what only one has.
            Assert.That(Column(folder["out"], Embedding), Is.EqualTo((float[])[(1 + 300) / 2f, (2 + 100) / 2f, 3, 200, 400, 500]));
            Assert.That(Column(folder["out"], Head), Is.EqualTo((float[])[1505, 510, 30, 2000, 4000, 5000]));
            Assert.That(Json(folder["out", "config.json"])["vocab_size"]!.GetValue<int>(), Is.EqualTo(6));
            Assert.That(
                TestTokenizer.Load(folder["out", "tokenizer.json"]).OrderBy(item => item.Value).Select(item => item.Key),
                Is.EqualTo((string[])["x", "y", "<s>", "z", "<|im_end|>", "<|im_start|>"]));
            Vocabulary written = Vocabulary.TryRead(folder["out"])!;
            Assert.That(written.AddedTokens.Keys, Is.EqualTo((int[])[2, 4, 5]));
            Assert.That(written.AddedTokens[4].IsSpecial, Is.True);
            Assert.That(written.AddedTokens[5].IsSpecial, Is.False);
        }
    }

    [Test]
    public void Base_KeepsTheBasesVocabulary_AndItsFiles()
    {
        using TestFolder folder = new();
        Write(folder, "a", TestTokenizer.Of("x", "y"), rows: 2);
        Write(folder, "b", TestTokenizer.Of("y", "z", "x"), rows: 3, scale: 100);
        Merge(Linear(folder).Tokenizer(MergeTokenizer.Base).Build(), folder["out"]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Column(folder["out"], Embedding), Is.EqualTo((float[])[150.5f, 51]));
            Assert.That(File.ReadAllBytes(folder["out", "tokenizer.json"]), Is.EqualTo(File.ReadAllBytes(folder["a", "tokenizer.json"])));
        }
    }

    [Test]
    public void AModelsVocabulary_BringsItsFiles_AndSpecialTokensAreRenumbered()
    {
        using TestFolder folder = new();
        Write(folder, "a", TestTokenizer.Of("x", "<s>", "</s>"), rows: 3, config: new JsonObject { ["vocab_size"] = 3, ["bos_token_id"] = 1, ["eos_token_id"] = new JsonArray(2, 0) });
        Write(folder, "b", TestTokenizer.Of("</s>", "z", "x", "<s>"), rows: 4, scale: 100, config: new JsonObject { ["bos_token_id"] = 3, ["eos_token_id"] = 0 });
        File.WriteAllText(folder["b", "special_tokens_map.json"], "{}");
        using MergePlan plan = new ModelMerger().Plan(Linear(folder).Tokenizer(folder["b"]).Build());
        new ModelMerger().Merge(plan, folder["out"]);
        JsonObject config = Json(folder["out", "config.json"]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Column(folder["out"], Embedding), Is.EqualTo((float[])[51.5f, 200, 150.5f, 201]));
            Assert.That(config["bos_token_id"]!.GetValue<int>(), Is.EqualTo(3));
            Assert.That(config["eos_token_id"]!.ToJsonString(), Is.EqualTo("[0,2]"));
            Assert.That(config["vocab_size"]!.GetValue<int>(), Is.EqualTo(4));
            Assert.That(File.Exists(folder["out", "special_tokens_map.json"]), Is.True);
            Assert.That(plan.Warnings, Does.Contain($"Model '{folder["a"]}': bos_token_id 1 ('<s>') is 3 in the output."));
        }
    }

    [Test]
    public void AVocabularyOfAModelThatIsNotMerged_Counts()
    {
        using TestFolder folder = new();
        Write(folder, "a", TestTokenizer.Of("x", "y"), rows: 2);
        Write(folder, "b", TestTokenizer.Of("y", "x"), rows: 2, scale: 100);
        Write(folder, "c", TestTokenizer.Of("y", "x"), rows: 2, scale: 7000);
        Merge(Linear(folder).Tokenizer(folder["c"]).Build(), folder["out"]);

        Assert.That(Column(folder["out"], Embedding), Is.EqualTo((float[])[51, 100.5f]));
    }

    [Test]
    public void ATiedHead_StandsForTheMissingOne_InTheSameOrder()
    {
        using TestFolder folder = new();
        Write(folder, "a", TestTokenizer.Of("x", "y"), rows: 2, hasHead: false);
        Write(folder, "b", TestTokenizer.Of("y", "x", "z"), rows: 3, scale: 100);
        Merge(Linear(folder).Tokenizer(MergeTokenizer.Union).Build(), folder["out"]);

        // The head of 'a' is its embedding (1, 2); that of 'b' is 1000, 2000, 3000 for y, x, z.
        Assert.That(Column(folder["out"], Head), Is.EqualTo((float[])[1000.5f, 501, 3000]));
    }

    [Test]
    public void ABiasOfTheHead_FollowsItsRows()
    {
        using TestFolder folder = new();
        foreach ((string name, TestTokenizer tokenizer, float[] bias) in
            (ReadOnlySpan<(string, TestTokenizer, float[])>)[("a", TestTokenizer.Of("x", "y"), [1, 2]), ("b", TestTokenizer.Of("z", "y", "x"), [100, 200, 300])])
        {
            using TestModel model = new TestModel().Add("lm_head.bias", bias).Add(Head, DataType.F32, [bias.Length, 1], bias);
            model.Write(folder[name]);
            tokenizer.Write(folder[name]);
        }

        Merge(Linear(folder).Tokenizer(MergeTokenizer.Union).Build(), folder["out"]);
        using Checkpoint output = Checkpoint.Open(folder["out"]);

        Assert.That(TensorBytes.Singles(output, "lm_head.bias"), Is.EqualTo((float[])[150.5f, 101, 100]));
        Assert.That(TensorBytes.Singles(output, Head), Is.EqualTo((float[])[150.5f, 101, 100]));
    }

    [TestCase(null, 8, Description = "padding is kept")]
    [TestCase(1, 3, Description = "as mergekit does it")]
    [TestCase(4, 4)]
    public void Padding_IsKeptUnlessTheRecipeSays(int? multiple, int rows)
    {
        using TestFolder folder = new();
        Write(folder, "a", TestTokenizer.Of("x", "y"), rows: 8);
        Write(folder, "b", TestTokenizer.Of("y", "x").With("<t>", 2), rows: 3, scale: 100);
        Merge(Linear(folder).Tokenizer(MergeTokenizer.Union, multiple).Build(), folder["out"]);
        float[] column = Column(folder["out"], Embedding);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(column, Has.Length.EqualTo(rows));
            Assert.That(column[..3], Is.EqualTo((float[])[100.5f, 51, 300]));
            Assert.That(Json(folder["out", "config.json"])["vocab_size"]!.GetValue<int>(), Is.EqualTo(rows));
        }

        if (multiple is null)
        {
            // Row 3 of 'a' is its own 4; of 'b' the mean of its tokens' 200, 100 and 300.
            Assert.That(column[3], Is.EqualTo((4 + 200) / 2f));
        }
        else if (multiple == 4)
        {
            // The means of the tokens' rows: of 'a' (1, 2, 300), of 'b' (200, 100, 300).
            Assert.That(column[3], Is.EqualTo((101 + 200) / 2f));
        }
    }

    [Test]
    public void TheSameVocabulary_LeavesTensorsAsTheyAre()
    {
        using TestFolder folder = new();
        Write(folder, "a", TestTokenizer.Of("x", "y"), rows: 4, type: DataType.BF16);
        Write(folder, "b", TestTokenizer.Of("x", "y"), rows: 4, scale: 100, type: DataType.BF16);
        using MergePlan plan = new ModelMerger().Plan(Linear(folder).Tokenizer(MergeTokenizer.Union).Build());

        using (Assert.EnterMultipleScope())
        {
            Assert.That(plan.Tensors.SelectMany(tensor => tensor.Inputs).Select(input => input.Source), Has.None.InstanceOf<GatheredRowsSource>());
            Assert.That(plan.Vocabulary!.NewTokens, Is.Empty);
            Assert.That(plan.Vocabulary.Rows.Select(rows => (rows.Own, rows.Padding)), Is.All.EqualTo((2, 2)));
        }
    }

    [Test]
    public void AMeanOfNarrowRows_IsRoundedOnce_AndTheOutputKeepsItsType()
    {
        using TestFolder folder = new();
        Write(folder, "a", TestTokenizer.Of("x").With("<t>", 1), rows: 2, type: DataType.BF16);
        Write(folder, "b", TestTokenizer.Of("x").With("<t>", 1), rows: 2, scale: 128, type: DataType.BF16);
        Write(folder, "c", TestTokenizer.Of("x"), rows: 1, scale: 1, type: DataType.BF16);
        MergeRecipe recipe = MergeRecipe.With("linear").Model(folder["a"], weight: 0).Model(folder["b"], weight: 0).Model(folder["c"], weight: 1)
            .Tokenizer(MergeTokenizer.Union).Build();
        using MergePlan plan = new ModelMerger().Plan(recipe);
        PlannedTensor tensor = plan.Tensors.Single(tensor => tensor.Name is Embedding);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(tensor.Output.DataType, Is.EqualTo(DataType.BF16));
            // (2 + 256) / 2 = 129 fits BF16, and so no more than that is read; the type it is read in holds any mean.
            Assert.That(tensor.Inputs[2].Source.DataType, Is.EqualTo(DataType.F32));
            Assert.That(TensorBytes.Singles(tensor.Inputs[2].Source), Is.EqualTo((float[])[1, -1, 129, -129]));
        }
    }

    [Test]
    public void Documents_AreWrittenWhole_AndOthersLeftOut()
    {
        using TestFolder folder = new();
        TestTokenizer tokenizer = TestTokenizer.Of("x", "y").With("<s>", 2);
        tokenizer.Config = JsonNode.Parse("""{"added_tokens_decoder": {"2": {"content": "<s>"}}, "model_max_length": 4096, "tokenizer_class": "LlamaTokenizer"}""")!.AsObject();
        Write(folder, "a", tokenizer, rows: 3);
        Write(folder, "b", TestTokenizer.Of("x", "y").With("<s>", 2).With("<é&'>", 3), rows: 4);
        foreach (string name in (string[])["tokenizer.model", "vocab.json", "merges.txt", "special_tokens_map.json", "chat_template.jinja"])
        {
            File.WriteAllText(folder["a", name], "old");
        }

        using MergePlan plan = new ModelMerger().Plan(Linear(folder).Tokenizer(MergeTokenizer.Union).Build());
        new ModelMerger().Merge(plan, folder["out"]);
        JsonObject config = Json(folder["out", "tokenizer_config.json"]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(plan.Warnings, Does.Contain("Not written, because 1 new tokens have no place there: tokenizer.model, vocab.json, merges.txt. tokenizer.json has the whole vocabulary."));
            Assert.That(
                Directory.GetFiles(folder["out"]).Select(Path.GetFileName),
                Is.EquivalentTo((string[])
                    ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja", "config.json", "model.safetensors", "README.md", "merge_recipe.yml"]));
            Assert.That(config["added_tokens_decoder"]!["3"]!["content"]!.GetValue<string>(), Is.EqualTo("<é&'>"));
            Assert.That(config["model_max_length"]!.GetValue<int>(), Is.EqualTo(4096));
            Assert.That(TestTokenizer.Load(folder["out", "tokenizer.json"])["<é&'>"], Is.EqualTo(3));
        }
    }

    [Test]
    public void OrdinaryTokensBeforeAddedOnes_DoNotMoveThem()
    {
        using TestFolder folder = new();
        // The added token is not among the ordinary ones: a reader would number it after them, and there is one more of those now.
        Write(folder, "a", TestTokenizer.Of("x").With("<s>", 1), rows: 2);
        Write(folder, "b", TestTokenizer.Of("x", "z"), rows: 2);
        Merge(Linear(folder).Tokenizer(MergeTokenizer.Union).Build(), folder["out"]);

        Assert.That(TestTokenizer.Load(folder["out", "tokenizer.json"]), Is.EquivalentTo(new Dictionary<string, int>(StringComparer.Ordinal) { ["x"] = 0, ["<s>"] = 1, ["z"] = 2 }));
    }

    [Test]
    public void HolesInTheNumbers_StayHoles()
    {
        using TestFolder folder = new();
        Write(folder, "a", TestTokenizer.Of("x").With("<s>", 3), rows: 4);
        Write(folder, "b", TestTokenizer.Of("x").With("<t>", 1), rows: 2, scale: 100);
        Merge(Linear(folder).Tokenizer(MergeTokenizer.Union).Build(), folder["out"]);

        using (Assert.EnterMultipleScope())
        {
            // x, hole, hole, <s>, <t>. The holes of 'a' are its own 2 and 3; those of 'b' the mean of its tokens' 100, 4 and 200.
            Assert.That(Column(folder["out"], Embedding), Is.EqualTo((float[])[50.5f, (2 + (304 / 3f)) / 2, (3 + (304 / 3f)) / 2, 4, 200]).Within(1e-4f));
            Assert.That(TestTokenizer.Load(folder["out", "tokenizer.json"])["<t>"], Is.EqualTo(4));
        }
    }

    [Test]
    public void ChatTemplate_IsWrittenInBothPlaces()
    {
        using TestFolder folder = new();
        TestTokenizer tokenizer = TestTokenizer.Of("x");
        tokenizer.Config = new JsonObject { ["chat_template"] = "old", ["eos_token"] = "x" };
        Write(folder, "a", tokenizer, rows: 1);
        const string Template = "{% for m in messages %}{{ m.content }}{% endfor %}";
        Merge(MergeRecipe.With("linear").Model(folder["a"], weight: 1).ChatTemplate(Template).Build(), folder["out"]);
        JsonObject config = Json(folder["out", "tokenizer_config.json"]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(File.ReadAllText(folder["out", "chat_template.jinja"]), Is.EqualTo(Template));
            Assert.That(config["chat_template"]!.GetValue<string>(), Is.EqualTo(Template));
            Assert.That(config["eos_token"]!.GetValue<string>(), Is.EqualTo("x"));
        }
    }

    [Test]
    public void ChatTemplate_Auto_IsTheMostCommon_AndOfEquallyCommonOnesTheFirst()
    {
        using TestFolder folder = new();
        foreach ((string name, string? template) in (ReadOnlySpan<(string, string?)>)[("a", "one"), ("b", "two"), ("c", "two"), ("d", null)])
        {
            TestTokenizer tokenizer = TestTokenizer.Of("x");
            tokenizer.Config = template is null ? null : new JsonObject { ["chat_template"] = template };
            Write(folder, name, tokenizer, rows: 1);
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Auto("a", "b", "c", "d"), Is.EqualTo("two"));
            Assert.That(Auto("a", "b", "d"), Is.EqualTo("one"));
            Assert.That(Auto("d"), Is.Null);
        }

        string? Auto(params string[] models)
        {
            MergeRecipeBuilder builder = MergeRecipe.With("linear").ChatTemplate("auto");
            foreach (string model in models)
            {
                builder.Model(folder[model], weight: 1);
            }

            using MergePlan plan = new ModelMerger().Plan(builder.Build());
            Assert.That(plan.Warnings.Any(warning => warning.Contains("no model has a chat template", StringComparison.Ordinal)), Is.EqualTo(plan.ChatTemplate is null));
            return plan.ChatTemplate;
        }
    }

    private static MergeRecipeBuilder Linear(TestFolder folder) => MergeRecipe.With("linear").Model(folder["a"], weight: 1).Model(folder["b"], weight: 1);
}
