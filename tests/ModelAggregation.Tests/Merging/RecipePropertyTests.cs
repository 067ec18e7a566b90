using FsCheck;
using FsCheck.Fluent;
using FsCheck.NUnit;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Recipes;
using ModelTensors;

namespace ModelAggregation.Tests.Merging;

public sealed class RecipePropertyTests
{
    private static readonly DataType[] FloatTypes = [DataType.F16, DataType.BF16, DataType.F32, DataType.F64];

    private static readonly string[] Seeds =
    [
        "merge_method: ties\nbase_model: a\nmodels:\n  - model: b\n    statistics: s\n    parameters: {weight: [1, 0.5], density: .5}\nparameters:\n  normalize: true\ndtype: bfloat16\n",
        "merge_method: passthrough\nslices:\n  - sources:\n      - model: 'x y'\n        layer_range: [0, 4]\n        parameters:\n          scale:\n            - filter: o_proj\n              value: 0\n            - value: 1\nrandom_seed: 7\n",
        "merge_method: linear\nmodels: [{model: a}]\ntokenizer:\n  source: union\n  tokens:\n    <t>: {source: {kind: model_token, model: a, token_id: 2}, force: true}\n    <u>: {source: {kind: zero}}\n  pad_to_multiple_of: 64\nchat_template: chatml\n",
        "name: a\nmerge_method: linear\nmodules:\n  default: {models: [{model: x}]}\n  vision_tower:\n    prefix: [v, w]\n    slices:\n      - sources: [{model: b, layer_range: [0, 1]}]\n---\nmerge_method: slerp\nbase_model: a\nmodels: [{model: b}]\n",
        "{merge_method: linear, models: [&m {model: \"a\\u0041\"}, *m], parameters: {<<: {weight: 1}}}",
    ];

    // What breaks readers of YAML: indicators, indentation, quotes, anchors, control characters, lone surrogates.
    private static readonly string[] Fragments =
    [
        ":", ": ", "- ", "\n", "\n  ", "\t", "[", "]", "{", "}", "&a ", "*a", "!", "!!str ", "|", ">", "'", "\"", "#", "%YAML 1.2", "---", "...", "? ", "<<: ", "\0", "\uD800", "\uFEFF", "\\", "~", "\u0085",
    ];

    [FsCheck.NUnit.Property(MaxTest = 300)]
    public Property ToYaml_ParsesBackToAnEqualRecipe() => Prop.ForAll(Recipes().ToArbitrary(), recipe =>
    {
        string yaml = recipe.ToYaml();
        MergeRecipe again = MergeRecipe.Parse(yaml);
        return again.Equals(recipe) && again.GetHashCode() == recipe.GetHashCode() && string.Equals(again.ToYaml(), yaml, StringComparison.Ordinal);
    });

    [FsCheck.NUnit.Property(MaxTest = 100)]
    public Property ToYaml_OfAPipeline_ParsesBackToAnEqualPipeline() => Prop.ForAll(Pipelines().ToArbitrary(), pipeline =>
    {
        string yaml = pipeline.ToYaml();
        MergePipeline again = MergePipeline.Parse(yaml);
        return again.Equals(pipeline) && again.GetHashCode() == pipeline.GetHashCode() && string.Equals(again.ToYaml(), yaml, StringComparison.Ordinal);
    });

    [Test, CancelAfter(60_000)]
    public void Parse_OfMutatedText_ThrowsOnlyRecipeExceptions()
    {
        Random random = new(20_260_101);
        for (int round = 0; round < 20_000; round++)
        {
            string text = Mutate(Seeds[round % Seeds.Length], random);
            try
            {
                _ = random.Next(2) == 0 ? MergeRecipe.Parse(text).ToYaml() : MergePipeline.Parse(text).ToYaml();
            }
            catch (RecipeException error)
            {
                Assert.That((error.Line, error.Column), Is.GreaterThan((0, 0)));
            }
            catch (Exception error)
            {
                Assert.Fail($"{error.GetType()}: {error.Message}\n{text}");
            }
        }
    }

    private static string Mutate(string text, Random random)
    {
        for (int count = random.Next(1, 5); count > 0 && text.Length > 0; count--)
        {
            int place = random.Next(text.Length);
            text = random.Next(4) switch
            {
                0 => text.Remove(place, random.Next(1, Math.Min(8, text.Length - place + 1))),
                1 => text.Insert(place, Fragments[random.Next(Fragments.Length)]),
                2 => text.Insert(place, text.Substring(place, random.Next(Math.Min(12, text.Length - place)))),
                _ => string.Concat(text.AsSpan(0, place), ((char)random.Next(1, 0x250)).ToString(), text.AsSpan(place + 1)),
            };
        }

        return text;
    }

    private static Gen<MergeRecipe> Recipes() =>
        from method in Words()
        from baseModel in Words().OrNull()
        from models in Models().ListOf()
        from slices in Slices().ListOf()
        from modules in Modules().ListOf()
        from parameters in Parameters()
        from type in Gen.Elements(FloatTypes)
        from hasType in ArbMap.Default.GeneratorFor<bool>()
        from seed in ArbMap.Default.GeneratorFor<ulong>()
        from policy in Gen.Choose(0, 11)
        from tokenizer in Tokenizers().OrNull()
        from template in Gen.Elements("alpaca", "auto", "{% for m in messages %}\n{{ m }}\n{% endfor %}").OrNull()
        select new MergeRecipe
        {
            Method = method,
            BaseModel = baseModel,
            Models = [.. models],
            Slices = [.. slices],
            Modules = [.. modules.DistinctBy(module => module.Name, StringComparer.Ordinal)],
            Parameters = parameters,
            DataType = hasType ? type : null,
            OutputDataType = hasType ? null : type,
            Seed = seed,
            NonFinite = (NonFinitePolicy)(policy % 3),
            OnMismatch = (MismatchPolicy)(policy % 2),
            IntegerTensors = (IntegerPolicy)(policy / 6),
            Vocabulary = (VocabularyPolicy)(policy % 4),
            Tokenizer = tokenizer,
            ChatTemplate = template,
        };

    private static Gen<MergeTokenizer> Tokenizers() =>
        from source in Gen.Elements(MergeTokenizer.Base, MergeTokenizer.Union, "org/model")
        from tokens in (from token in Words() from origin in TokenSources().OrNull() from force in ArbMap.Default.GeneratorFor<bool>() select new MergeToken(token, origin, force)).ListOf()
        from multiple in Gen.Choose(1, 1 << 20)
        from isPadded in ArbMap.Default.GeneratorFor<bool>()
        select new MergeTokenizer { Source = source, Tokens = [.. tokens.DistinctBy(token => token.Token, StringComparer.Ordinal)], PadToMultipleOf = isPadded ? multiple : null };

    private static Gen<TokenSource> TokenSources() => Gen.OneOf(
        Gen.Constant(TokenSource.Zero),
        Words().Where(word => !string.IsNullOrWhiteSpace(word)).Select(TokenSource.OfModel),
        Words().Select(word => TokenSource.OfToken("m", word)),
        Gen.Choose(0, 1000).Select(id => TokenSource.OfToken("m", id)));

    private static Gen<MergeModel> Models() =>
        from model in Words()
        from statistics in Words().OrNull()
        from parameters in Parameters()
        select new MergeModel(model, parameters) { Statistics = statistics };

    private static Gen<MergeSlice> Slices() =>
        from sources in (from model in Words() from start in Gen.Choose(0, 90) from length in Gen.Choose(1, 9) from statistics in Words().OrNull() from own in Parameters() select new MergeSliceSource(model, start, start + length, own) { Statistics = statistics }).ListOf()
        from parameters in Parameters()
        select new MergeSlice([.. sources], parameters);

    private static Gen<MergeModule> Modules() =>
        from name in Words()
        from prefixes in Words().ListOf()
        from baseModel in Words().OrNull()
        from models in Models().ListOf()
        from slices in Slices().ListOf()
        from parameters in Parameters()
        select new MergeModule(name) { Prefixes = [.. prefixes], BaseModel = baseModel, Models = [.. models], Slices = [.. slices], Parameters = parameters };

    private static Gen<MergePipeline> Pipelines() =>
        from recipes in Recipes().NonEmptyListOf()
        from names in Gen.Elements("stage-1", "second.stage", "C_3", "étage").ListOf()
        select new MergePipeline([.. recipes.Zip(names.Distinct(StringComparer.Ordinal).Cast<string?>().Append(null), (recipe, name) => new MergeStage(name, recipe))]);

    private static Gen<ParameterSet> Parameters() =>
        from entries in (from name in Words() from value in Values() select KeyValuePair.Create(name, value)).ListOf()
        select new ParameterSet(entries.DistinctBy(entry => entry.Key, StringComparer.Ordinal));

    private static Gen<ParameterValue> Values() => Gen.OneOf(
        Plain(),
        from cases in (from filter in Words().OrNull() from value in Plain() select new ParameterCase(filter, value)).NonEmptyListOf()
        select (ParameterValue)new FilteredParameter([.. cases]));

    private static Gen<ParameterValue> Plain() => Gen.OneOf(
        Scalars().Select(ParameterValue.FromScalar),
        Scalars().NonEmptyListOf().Select(values => (ParameterValue)new GradientParameter([.. values])));

    private static Gen<ParameterScalar> Scalars() => Gen.OneOf(
        ArbMap.Default.GeneratorFor<double>().Select(ParameterScalar.FromNumber),
        ArbMap.Default.GeneratorFor<bool>().Select(ParameterScalar.FromBoolean),
        Words().Select(ParameterScalar.FromText));

    // Words that look like something else, and any text without lone surrogates, which no file can hold.
    private static Gen<string> Words() => Gen.OneOf(
        Gen.Elements("weight", "org/model@main", "true", "No", "null", "~", "1e5", "0.5", ".inf", "- a", "a: b", "#x", "*", "&a", " x ", "é", "\U0001F600", "\u0085", "a\nb", "\"", "\\", "<"),
        ArbMap.Default.GeneratorFor<NonEmptyString>().Select(text => string.Concat(text.Get.EnumerateRunes())));
}
