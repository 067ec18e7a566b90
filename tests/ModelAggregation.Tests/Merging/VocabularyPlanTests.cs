using System.Text.Json.Nodes;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelSdk.Testing;
using static ModelAggregation.Tests.Merging.VocabularyRig;

namespace ModelAggregation.Tests.Merging;

public sealed class VocabularyPlanTests
{
    [Test]
    public void Describe_TellsTheDecisions()
    {
        using TestFolder folder = new();
        Write(folder, "a", TestTokenizer.Of("x", "y").With("<s>", 2), rows: 3);
        Write(folder, "b", TestTokenizer.Of("y", "z"), rows: 2);
        MergeRecipe recipe = MergeRecipe.With("linear").Base(folder["a"]).Model(folder["a"], weight: 1).Model(folder["b"], weight: 1)
            .Tokenizer(MergeTokenizer.Union, padToMultipleOf: 4).Token("<new>").Token("z", TokenSource.Zero).Build();
        using MergePlan plan = new ModelMerger().Plan(recipe);

        Assert.That(plan.ToString(), Does.Contain(
            $"""
            vocabulary of {folder["a"]}: 5 tokens in 8 rows, 1 ordinary and 1 added tokens new
              {Embedding} of a: 3 own, 1 configured, 1 zeros, 3 padding
              {Embedding} of b: 2 own, 2 from the only model, 1 zeros, 3 padding
            """.ReplaceLineEndings("\n")));
        Assert.That(plan.Warnings, Does.Contain($"1 tokens, such as '<new>', have a row in no model: it is zero in tensors '{Embedding}' and '{Head}'."));
    }

    [Test]
    public void AStageThatWritesATokenizer_IsUsedByNoOther_ButOneThatTakesItOverIs()
    {
        using TestFolder folder = new();
        Write(folder, "a", TestTokenizer.Of("x", "y"), rows: 2);
        Write(folder, "b", TestTokenizer.Of("y", "z"), rows: 2);
        MergePipeline Stages(string tokenizer) =>
            MergePipeline.First("words", Linear(folder).Tokenizer(tokenizer).Build()).Finally(MergeRecipe.With("passthrough").Model("words").Build());

        MergePlanException error = Assert.Throws<MergePlanException>(() => new ModelMerger().Plan(Stages(MergeTokenizer.Union)).Dispose())!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Problems.Select(problem => (problem.Kind, problem.Model)), Is.EqualTo(((PlanProblemKind, string?)[])[(PlanProblemKind.Tokenizer, "words")]), error.Message);
            Assert.That(error.Message, Does.Contain("Stage 'words' changes the tokenizer"));
            using MergePipelinePlan plan = new ModelMerger().Plan(Stages(MergeTokenizer.Base));
            Assert.That(plan.Final.TokenizerFolder, Is.EqualTo(folder["a"]));
        }
    }

    [Test]
    public void Hash_CoversVocabulariesAndTemplates()
    {
        using TestFolder folder = new();
        Write(folder, "a", TestTokenizer.Of("x", "y"), rows: 2);
        Write(folder, "b", TestTokenizer.Of("x", "y"), rows: 2);
        MergeRecipe union = Linear(folder).Tokenizer(MergeTokenizer.Union).Build();
        string first = Hash(union);
        TestTokenizer.Of("y", "x").Write(folder["b"]);
        string other = Hash(union);
        MergeRecipe auto = Linear(folder).ChatTemplate("auto").Build();
        string without = Hash(auto);
        File.WriteAllText(folder["a", "chat_template.jinja"], "{{ messages }}");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(other, Is.Not.EqualTo(first));
            Assert.That(Hash(union), Is.EqualTo(other));
            Assert.That(Hash(auto), Is.Not.EqualTo(without));
        }

        static string Hash(MergeRecipe recipe)
        {
            using MergePlan plan = new ModelMerger().Plan(recipe);
            return plan.Hash;
        }
    }

    [Test]
    public void Plan_ReportsEveryProblemOfVocabulariesAtOnce()
    {
        using TestFolder folder = new();
        Write(folder, "a", TestTokenizer.Of("x"), rows: 1);
        Write(folder, "b", tokenizer: null, rows: 1);
        Write(folder, "c", TestTokenizer.Of("x"), rows: 1);
        File.WriteAllText(folder["c", "tokenizer.json"], "{}");
        PlanProblem[] problems = Problems(Linear(folder).Model(folder["c"], weight: 1).Parameter("normalise", true).Tokenizer(MergeTokenizer.Union).Build());

        using (Assert.EnterMultipleScope())
        {
            Assert.That(problems.Select(problem => problem.Kind), Is.EqualTo((PlanProblemKind[])[PlanProblemKind.UnknownParameter, PlanProblemKind.Tokenizer, PlanProblemKind.Tokenizer]));
            Assert.That(problems[1].Message, Does.StartWith($"Model '{folder["b"]}' has no tokenizer files in '{folder["b"]}'. Put its tokenizer.json there, or leave out"));
            Assert.That(problems[2].Message, Does.Contain("has no object 'model'"));
        }
    }

    [Test]
    public void AModulesBaseModel_GivesTheRowsThatAModelLacks()
    {
        using TestFolder folder = new();
        Write(folder, "a", TestTokenizer.Of("x", "y"), rows: 2);
        Write(folder, "b", TestTokenizer.Of("x", "y"), rows: 2, scale: 3);
        Write(folder, "c", TestTokenizer.Of("x"), rows: 1, scale: 5);
        MergeRecipe recipe = MergeRecipe.With("linear")
            .Module(MergeModule.Default, module => module.Base(folder["a"]).Model(folder["a"], weight: 0).Model(folder["b"], weight: 0).Model(folder["c"], weight: 1))
            .Tokenizer(MergeTokenizer.Union).Build();

        Merge(recipe, folder["out"]);

        Assert.That(Column(folder["out"], Embedding), Is.EqualTo((float[])[5, 2]), "not the mean of the others");
    }

    [Test]
    public void RowsOfIntegers_AreNotMoved()
    {
        using TestFolder folder = new();
        foreach (string name in (string[])["a", "b"])
        {
            using TestModel model = new TestModel().AddBytes(Embedding, ModelTensors.DataType.I8, [1, 2], [1, 2]);
            model.Write(folder[name]);
            TestTokenizer.Of(name).Write(folder[name]);
        }

        PlanProblem[] problems = Problems(Linear(folder).IntegerTensors(IntegerPolicy.Copy).Tokenizer(MergeTokenizer.Union).Build());

        Assert.That(problems.Single().Message, Is.EqualTo($"Tensor '{Embedding}': 'tokenizer' puts rows in another order, but they hold I8."));
    }

    [Test]
    public void AModelInMemory_HasNoTokenizer()
    {
        using TestModel model = new TestModel().Add(Embedding, ModelTensors.DataType.F32, [1, 2], 1, 2);
        MergeRecipe recipe = MergeRecipe.With("linear").Model("m", weight: 1).Tokenizer(MergeTokenizer.Union).Build();

        Assert.That(
            () => Engine.MergeRig.Merger(("m", model)).Plan(recipe),
            Throws.TypeOf<MergePlanException>().With.Message.Contains("Model 'm' is in memory and has no tokenizer files."));
    }

    [Test]
    public void TokenSources_AreChecked()
    {
        using TestFolder folder = new();
        Write(folder, "a", TestTokenizer.Of("x"), rows: 1);
        Write(folder, "b", TestTokenizer.Of("x").With("<far>", 9), rows: 1);
        PlanProblem[] problems = Problems(Linear(folder).Tokenizer(MergeTokenizer.Union)
            .Token("x", TokenSource.OfModel("elsewhere"), force: true)
            .Token("<1>", TokenSource.OfModel(folder["a"]))
            .Token("<2>", TokenSource.OfToken(folder["a"], "y"))
            .Token("<3>", TokenSource.OfToken(folder["a"], 5))
            .Token("<far>", TokenSource.OfModel(folder["b"]), force: true).Build());

        string[] expected =
        [
            "Token 'x': its source 'elsewhere' is no model of the recipe.",
            $"Token '<1>': model '{folder["a"]}' has no token '<1>', whose row it should take.",
            $"Token '<2>': model '{folder["a"]}' has no token 'y', whose row it should take.",
            $"Token '<3>': model '{folder["a"]}' has no row for it in tensors '{Embedding}' and '{Head}'.",
            $"Token '<far>': model '{folder["b"]}' has no row for it in tensors '{Embedding}' and '{Head}'.",
        ];
        Assert.That(problems.Select(problem => problem.Message), Is.SupersetOf(expected));
    }

    [Test]
    public void OrdinaryTokensOfAnotherKind_AreRefusedByName()
    {
        using TestFolder folder = new();
        Write(folder, "a", TestTokenizer.Of("x"), rows: 1);
        TestTokenizer words = TestTokenizer.Of("x", "##s");
        words.Type = "WordPiece";
        Write(folder, "b", words, rows: 2);

        Assert.That(Problems(Linear(folder).Tokenizer(MergeTokenizer.Union).Build()).Single().Message, Is.EqualTo(
            $"Model '{folder["b"]}' has 1 ordinary tokens that '{folder["a"]}' lacks, such as '##s', and cuts text in another way (WordPiece of tokenizer.json, "
            + "not BytePair over bytes of tokenizer.json): no tokenizer does both. Take one model's vocabulary, such as 'tokenizer_source: base'."));
        Assert.That(() => new ModelMerger().Plan(Linear(folder).Tokenizer(MergeTokenizer.Base).Build()).Dispose(), Throws.Nothing);
    }

    [Test]
    public void NewTokensWithoutTokenizerJson_AreRefusedWithTheWayOut()
    {
        using TestFolder folder = new();
        Write(folder, "a", tokenizer: null, rows: 1);
        File.WriteAllText(folder["a", "vocab.json"], """{"x": 0}""");
        Write(folder, "b", TestTokenizer.Of("x").With("<t>", 1), rows: 2);

        Assert.That(Problems(Linear(folder).Tokenizer(MergeTokenizer.Union).Build()).Single().Message, Does.Contain("have no place for 1 more tokens. Save the tokenizer with transformers"));
    }

    [TestCase("linear", VocabularyPolicy.Method, 2)]
    [TestCase("task_arithmetic", VocabularyPolicy.Method, 3)]
    [TestCase("linear", VocabularyPolicy.Common, 2)]
    [TestCase("linear", VocabularyPolicy.Base, 3, "c")]
    [TestCase("task_arithmetic", VocabularyPolicy.Common, 3)]
    public void Policies_CutRowsByNumber(string method, VocabularyPolicy policy, int rows, string second = "b")
    {
        using TestFolder folder = new();
        Write(folder, "a", tokenizer: null, rows: 3);
        Write(folder, "b", tokenizer: null, rows: method is "linear" ? 2 : 4);
        Write(folder, "c", tokenizer: null, rows: 4);
        MergeRecipe recipe = MergeRecipe.With(method).Base(folder["a"]).Model(folder["a"], weight: 1).Model(folder[second], weight: 1).Vocabulary(policy).Build();
        using MergePlan plan = new ModelMerger().Plan(recipe);

        Assert.That(plan.Tensors.Select(tensor => tensor.Output.Shape[0]), Is.All.EqualTo(rows));
    }

    [TestCase(VocabularyPolicy.Error)]
    [TestCase(VocabularyPolicy.Base)]
    public void Policies_RefuseWhatTheyDoNotCut(VocabularyPolicy policy)
    {
        using TestFolder folder = new();
        Write(folder, "a", tokenizer: null, rows: 3);
        Write(folder, "b", tokenizer: null, rows: 2);
        MergeRecipe recipe = MergeRecipe.With("linear").Base(folder["a"]).Model(folder["a"], weight: 1).Model(folder["b"], weight: 1).Vocabulary(policy).Build();

        Assert.That(Problems(recipe).Select(problem => problem.Kind), Is.All.EqualTo(PlanProblemKind.ShapeMismatch));
    }

    [Test]
    public void Recipes_ThatContradictThemselves_AreRefused()
    {
        MergeRecipe both = new() { Method = "linear", Models = [new MergeModel("a")], Vocabulary = VocabularyPolicy.Common, Tokenizer = new MergeTokenizer() };
        MergeRecipe twice = both with { Vocabulary = default, Tokenizer = new MergeTokenizer { Tokens = [new MergeToken("x"), new MergeToken("x")] } };
        MergeRecipe noBase = both with { Vocabulary = VocabularyPolicy.Base, Tokenizer = null };

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Messages(both), Has.Some.Contains("A recipe has 'vocabulary', which takes rows by number, or 'tokenizer', which takes them by token, not both."));
            Assert.That(Messages(twice), Has.Some.EqualTo("Token 'x' is given twice."));
            Assert.That(Messages(noBase), Has.Some.EqualTo("'vocabulary: base' needs a base model; give one as 'base_model'."));
            Assert.That(() => new MergeTokenizer { PadToMultipleOf = 0 }, Throws.TypeOf<ArgumentOutOfRangeException>());
        }

        static IEnumerable<string> Messages(MergeRecipe recipe) => Problems(recipe).Select(problem => problem.Message);
    }

    [Test]
    public void AMissingSpecialToken_IsThatOfTheVocabularysModel()
    {
        using TestFolder folder = new();
        Write(folder, "a", TestTokenizer.Of("x", "</s>"), rows: 2, config: new JsonObject { ["eos_token_id"] = 1, ["pad_token_id"] = 1 });
        Write(folder, "b", TestTokenizer.Of("x", "<end>"), rows: 2, config: new JsonObject { ["eos_token_id"] = 1 });
        using MergePlan plan = new ModelMerger().Plan(Linear(folder).Tokenizer(folder["b"]).Build());

        using (Assert.EnterMultipleScope())
        {
            Assert.That(plan.Config!["eos_token_id"]!.GetValue<int>(), Is.EqualTo(1));
            Assert.That(plan.Config["pad_token_id"], Is.Null);
            Assert.That(plan.Warnings, Does.Contain($"config.json: eos_token_id of '{folder["a"]}' is a token that the output lacks; it is 1, that of '{folder["b"]}'."));
            Assert.That(plan.Warnings, Does.Contain($"config.json: pad_token_id of '{folder["a"]}' is a token that the output lacks; it is left empty."));
        }
    }

    private static MergeRecipeBuilder Linear(TestFolder folder) => MergeRecipe.With("linear").Model(folder["a"], weight: 1).Model(folder["b"], weight: 1);
}
