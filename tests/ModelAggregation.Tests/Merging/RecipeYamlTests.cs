using ModelAggregation.Merging;
using ModelAggregation.Merging.Recipes;
using ModelTensors;

namespace ModelAggregation.Tests.Merging;

public sealed class RecipeYamlTests
{
    private const string Ties = """
        # as people write them for mergekit
        models:
          - model: org/base
            # no parameters necessary for the base model
            parameters:
          - model: org/math@main
            parameters:
              density: [1, 0.7, .1]   # gradient
              weight: 1e-1
          - model: ./code
            parameters:
              density: 0.33
              weight:
                - filter: mlp
                  value: [0, +0.5]
                - value: 0
        merge_method: ties
        base_model: "org/base"
        parameters:
          normalize: true
          int8_mask: yes
        dtype: float16
        tokenizer_source: base
        """;

    [Test]
    public void Parse_ReadsWhatMergekitUsersWrite()
    {
        MergeRecipe expected = new()
        {
            Method = "ties",
            BaseModel = "org/base",
            Models =
            [
                new MergeModel("org/base"),
                new MergeModel("org/math@main", ParameterSet.Empty.With("density", ParameterValue.Gradient(1, 0.7, 0.1)).With("weight", 0.1)),
                new MergeModel("./code", ParameterSet.Empty.With("density", 0.33)
                    .With("weight", ParameterValue.Filtered(new ParameterCase("mlp", ParameterValue.Gradient(0, 0.5)), new ParameterCase(null, 0.0)))),
            ],
            Parameters = ParameterSet.Empty.With("normalize", true).With("int8_mask", true),
            DataType = DataType.F16,
            Tokenizer = new MergeTokenizer { Source = MergeTokenizer.Base },
        };

        Assert.That(MergeRecipe.Parse(Ties), Is.EqualTo(expected));
    }

    [Test]
    public void Parse_ReadsSlicesAndOurOwnKeys()
    {
        MergeRecipe recipe = MergeRecipe.Parse("""
            merge_method: linear
            slices:
              - sources:
                  - {model: a, layer_range: [0, 4], parameters: {weight: 0.5}}
                  - {model: b, layer_range: [2, 6]}
                parameters: {weight: 1}
            out_dtype: bfloat16
            dtype: float32
            random_seed: 18446744073709551615
            non_finite: warn
            on_mismatch: skip
            integer_tensors: copy
            """);

        Assert.That(recipe, Is.EqualTo(new MergeRecipe
        {
            Method = "linear",
            Slices =
            [
                new MergeSlice(
                    [new MergeSliceSource("a", 0, 4, ParameterSet.Empty.With("weight", 0.5)), new MergeSliceSource("b", 2, 6, ParameterSet.Empty)],
                    ParameterSet.Empty.With("weight", 1.0)),
            ],
            OutputDataType = DataType.BF16,
            DataType = DataType.F32,
            Seed = ulong.MaxValue,
            NonFinite = NonFinitePolicy.Warn,
            OnMismatch = MismatchPolicy.Skip,
            IntegerTensors = IntegerPolicy.Copy,
        }));
    }

    [Test]
    public void Parse_ReadsTokenizersAndTemplates()
    {
        MergeRecipe recipe = MergeRecipe.Parse("""
            merge_method: linear
            models: [{model: a}, {model: b}]
            tokenizer:
              source: union
              tokens:
                <|im_start|>:
                  source: b
                  force: true
                <pad>:
                  source: {kind: zero}
                "<x>": {source: {kind: model_token, model: a, token: y}}
                '<y>': {source: {kind: model_token, model: a, token_id: 7}}
                <z>: {}
              pad_to_multiple_of: 32
            chat_template: chatml
            """);
        MergeRecipe built = MergeRecipe.With("linear").Model("a").Model("b").Tokenizer(MergeTokenizer.Union, padToMultipleOf: 32)
            .Token("<|im_start|>", TokenSource.OfModel("b"), force: true).Token("<pad>", TokenSource.Zero)
            .Token("<x>", TokenSource.OfToken("a", "y")).Token("<y>", TokenSource.OfToken("a", 7)).Token("<z>")
            .ChatTemplate("chatml").Build();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(recipe, Is.EqualTo(built));
            Assert.That(recipe, Is.Not.EqualTo(built with { ChatTemplate = "alpaca" }));
            Assert.That(recipe, Is.Not.EqualTo(built with { Tokenizer = built.Tokenizer! with { Tokens = [] } }));
            Assert.That(MergeRecipe.Parse("merge_method: linear\nmodels: [{model: a}]\ntokenizer: {}").Tokenizer, Is.EqualTo(new MergeTokenizer { Source = MergeTokenizer.Union }));
            Assert.That(MergeRecipe.Parse("merge_method: linear\nvocabulary: common").Vocabulary, Is.EqualTo(VocabularyPolicy.Common));
        }
    }

    [Test]
    public void Parse_FollowsAnchorsAndMergeKeys()
    {
        MergeRecipe recipe = MergeRecipe.Parse("""
            merge_method: linear
            models:
              - &first
                model: a
                parameters: &p {weight: 0.5, density: 1}
              - <<: *first
                model: b
              - model: c
                parameters:
                  <<: [*p, {scale: 2}]
                  weight: 0.25
            """);

        MergeRecipe expected = MergeRecipe.Parse("""
            merge_method: linear
            models:
              - {model: a, parameters: {weight: 0.5, density: 1}}
              - {model: b, parameters: {weight: 0.5, density: 1}}
              - {model: c, parameters: {weight: 0.25, density: 1, scale: 2}}
            """);
        Assert.That(recipe, Is.EqualTo(expected));
    }

    [TestCase("0.5", 0.5)]
    [TestCase("1", 1)]
    [TestCase("-3", -3)]
    [TestCase("+.5", 0.5)]
    [TestCase("1.", 1)]
    [TestCase("1e-3", 0.001)]
    [TestCase("2.5E+2", 250)]
    [TestCase(".inf", double.PositiveInfinity)]
    [TestCase("-.inf", double.NegativeInfinity)]
    [TestCase(".nan", double.NaN)]
    public void Parse_ReadsNumbers(string text, double expected) => Assert.That(Value(text), Is.EqualTo(ParameterScalar.FromNumber(expected)));

    [TestCase("true", true)]
    [TestCase("False", false)]
    [TestCase("on", true)]
    [TestCase("NO", false)]
    public void Parse_ReadsTruthValues(string text, bool expected) => Assert.That(Value(text), Is.EqualTo(ParameterScalar.FromBoolean(expected)));

    [TestCase("'0.5'", "0.5")]
    [TestCase("\"true\"", "true")]
    [TestCase("magnitude", "magnitude")]
    [TestCase("1_000", "1_000")]
    [TestCase("Infinity", "Infinity")]
    [TestCase("NaN", "NaN")]
    [TestCase("--1", "--1")]
    [TestCase("0x1F", "0x1F")]
    public void Parse_LeavesTextAsText(string text, string expected) => Assert.That(Value(text), Is.EqualTo(ParameterScalar.FromText(expected)));

    [Test]
    public void Load_NamesTheFileInErrors()
    {
        string path = Path.Combine(TestContext.CurrentContext.WorkDirectory, "bad-recipe.yml");
        File.WriteAllText(path, "merge_method: linear\nmodel: []\n");

        RecipeException? error = Assert.Throws<RecipeException>(() => MergeRecipe.Load(path));

        File.Delete(path);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error!.File, Is.EqualTo(path));
            Assert.That(error.Message, Is.EqualTo($"{path}(2,1): Unknown key 'model'. Did you mean 'models'?"));
        }
    }

    [Test]
    public void Load_RefusesFilesThatAreNoTextOrTooLarge()
    {
        string binary = Path.Combine(TestContext.CurrentContext.WorkDirectory, "binary-recipe.yml");
        string large = Path.Combine(TestContext.CurrentContext.WorkDirectory, "large-recipe.yml");
        File.WriteAllBytes(binary, [0x61, 0x3A, 0xFF, 0xFE, 0x80]);
        File.WriteAllText(large, new string(' ', (1 << 20) + 1));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => MergeRecipe.Load(binary), Throws.TypeOf<RecipeException>().With.Message.Contains("UTF-8"));
            Assert.That(() => MergeRecipe.Load(large), Throws.TypeOf<RecipeException>().With.Message.Contains("1048577 bytes"));
            Assert.That(() => MergeRecipe.Parse(new string(' ', (1 << 20) + 1)), Throws.TypeOf<RecipeException>());
            Assert.That(() => MergeRecipe.Load(Path.Combine(TestContext.CurrentContext.WorkDirectory, "absent.yml")), Throws.TypeOf<FileNotFoundException>());
        }

        File.Delete(binary);
        File.Delete(large);
    }

    [Test]
    public void ToYaml_IsStableAndReadable() => Assert.That(MergeRecipe.Parse(Ties).ToYaml(), Is.EqualTo("""
        merge_method: ties
        base_model: org/base
        models:
          - model: org/base
          - model: org/math@main
            parameters:
              density: [1, 0.7, 0.1]
              weight: 0.1
          - model: "./code"
            parameters:
              density: 0.33
              weight:
                - filter: mlp
                  value: [0, 0.5]
                - value: 0
        parameters:
          normalize: true
          int8_mask: true
        dtype: float16
        tokenizer_source: base

        """));

    private static ParameterScalar Value(string text) =>
        MergeRecipe.Parse($"merge_method: x\nmodels: []\nparameters: {{p: {text}}}").Parameters.Single().Value is ScalarParameter scalar
            ? scalar.Value
            : throw new AssertionException("Not a scalar.");
}
