using ModelAggregation.Merging.Recipes;

namespace ModelAggregation.Tests.Merging;

public sealed class RecipeErrorTests
{
    private static readonly object[] Cases =
    [
        Case("", 1, 1, "empty"),
        Case("# only a comment\n", 1, 1, "empty"),
        Case("~", 1, 1, "empty"),
        Case("linear", 1, 1, "A recipe is a map of keys and values, not 'linear'."),
        Case("- a\n- b", 1, 1, "not a list"),
        Case("models: []", 1, 1, "A recipe needs 'merge_method'."),
        Case("merge_method: linear\nmdoels: []", 2, 1, "Unknown key 'mdoels'. Did you mean 'models'?"),
        Case("merge_method: linear\nquux: []", 2, 1, "Unknown key 'quux'. A recipe has merge_method, base_model, models, slices, modules,"),
        Case("merge_method: linear\nname: a", 2, 7, "'name' makes the recipe a stage; stages are read with MergePipeline."),
        Case("merge_method: linear\nmodules: []", 2, 10, "'modules' is a map of keys and values, not a list."),
        Case("merge_method: linear\nmodules: {default: }", 2, 20, "Module 'default' is a map of keys and values, not nothing."),
        Case("merge_method: linear\nmodules:\n  default:\n    model: a", 4, 5, "Unknown key 'model'. Did you mean 'models'?"),
        Case("merge_method: linear\nmodules:\n  default:\n    dtype: float16", 4, 5, "Unknown key 'dtype'. Module 'default' has prefix, base_model, models, slices, parameters."),
        Case("merge_method: linear\nmodules:\n  a: {models: []}\n  a: {models: []}", 4, 3, "uplicate key"),
        Case("merge_method: linear\nmodules:\n  a:\n    prefix: {b: c}", 4, 13, "'prefix' is text, not a map."),
        Case("merge_method: linear\nmodules:\n  a:\n    prefix: [b, [c]]", 4, 17, "'prefix' is text, not a list."),
        Case("merge_method: linear\nmodules:\n  a:\n    slices:\n      - sources:\n          - model: a\n            layer_range: [2]", 7, 26, "has 1 values"),
        Case("merge_method: linear\nmodules:\n  a:\n    parameters:\n      weight:", 5, 7, "Parameter 'weight' has no value."),
        Case("merge_method: linear\ntokenizer: union", 2, 12, "'tokenizer' is a map of keys and values, not 'union'."),
        Case("merge_method: linear\ntokenizer:\n  sources: union", 3, 3, "Unknown key 'sources'. Did you mean 'source'?"),
        Case("merge_method: linear\ntokenizer_source: base\ntokenizer:\n  source: union", 4, 3, "A recipe has 'tokenizer_source' or 'tokenizer', not both."),
        Case("merge_method: linear\ntokenizer:\n  pad_to_multiple_of: 0", 3, 23, "'pad_to_multiple_of' is '0'; it is a whole number from 1 to 1048576."),
        Case("merge_method: linear\ntokenizer:\n  tokens:\n    <t>: zero", 4, 10, "Token '<t>' is a map of keys and values, not 'zero'."),
        Case("merge_method: linear\ntokenizer:\n  tokens:\n    <t>: {forced: true}", 4, 11, "Unknown key 'forced'. Did you mean 'force'?"),
        Case("merge_method: linear\ntokenizer:\n  tokens:\n    <t>: {force: 1}", 4, 18, "'force' is true or false, not '1'."),
        Case("merge_method: linear\ntokenizer:\n  tokens:\n    <t>: {source: {kind: mean}}", 4, 26, "'kind' is 'mean'; allowed are model_token, zero."),
        Case("merge_method: linear\ntokenizer:\n  tokens:\n    <t>: {source: {kind: zero, model: a}}", 4, 19, "The source of Token '<t>' is 'zero', which has no other keys."),
        Case("merge_method: linear\ntokenizer:\n  tokens:\n    <t>: {source: {kind: model_token, model: a}}", 4, 19, "The source of Token '<t>' has either 'token' or 'token_id'."),
        Case("merge_method: linear\ntokenizer:\n  tokens:\n    <t>: {source: {kind: model_token, model: a, token_id: -1}}", 4, 59, "'token_id' is '-1'; it is a whole number from 0 to 4194303."),
        Case("merge_method: linear\ntokenizer:\n  tokens:\n    <t>: {}\n    <t>: {}", 5, 5, "uplicate key"),
        Case("merge_method: linear\nvocabulary: union", 2, 13, "'vocabulary' is 'union'; allowed are method, error, common, base."),
        Case("merge_method: linear\nchat_template: chatlm", 2, 16, "Did you mean 'chatml'?"),
        Case("merge_method: linear\nmerge_method: ties", 2, 1, "uplicate key"),
        Case("merge_method: linear\n\"merge_method\": ties", 2, 1, "uplicate key"),
        Case("merge_method: [linear]", 1, 15, "'merge_method' is text, not a list."),
        Case("merge_method:\nmodels: []", 1, 1, "A recipe needs 'merge_method'."),
        Case("merge_method: linear\nmodels: a", 2, 9, "'models' is a list, not 'a'."),
        Case("merge_method: linear\nmodels:\n  - a", 3, 5, "An entry of 'models' is a map of keys and values, not 'a'."),
        Case("merge_method: linear\nmodels:\n  - model: a\n    weight: 1", 4, 5, "Unknown key 'weight'. An entry of 'models' has model, statistics, parameters."),
        Case("merge_method: linear\nmodels:\n  - parameters: {}", 3, 5, "An entry of 'models' needs 'model'."),
        Case("merge_method: linear\nmodels:\n  - model: {path: a}", 3, 12, "'model' is text, not a map."),
        Case("merge_method: linear\nslices:\n  - sources:\n      - model: a", 4, 9, "An entry of 'sources' needs 'layer_range'."),
        Case("merge_method: linear\nslices:\n  - sources:\n      - model: a\n        layer_range: [0]", 5, 22, "has 1 values"),
        Case("merge_method: linear\nslices:\n  - sources:\n      - model: a\n        layer_range: [4, 4]", 5, 22, "'layer_range' [4, 4] is empty"),
        Case("merge_method: linear\nslices:\n  - sources:\n      - model: a\n        layer_range: [0, x]", 5, 26, "has 'x'"),
        Case("merge_method: linear\nslices:\n  - sources:\n      - model: a\n        layer_range: [-1, 2]", 5, 23, "has '-1'"),
        Case("merge_method: linear\nslices:\n  - sources: []\n    base_model: a", 4, 5, "'base_model' is not supported"),
        Case("merge_method: linear\nparameters: 1", 2, 13, "'parameters' is a map"),
        Case("merge_method: linear\nparameters:\n  weight:", 3, 3, "Parameter 'weight' has no value."),
        Case("merge_method: linear\nparameters:\n  weight: []", 3, 11, "empty list"),
        Case("merge_method: linear\nparameters:\n  weight: {a: 1}", 3, 11, "Parameter 'weight' is a value, a list of values (gradient) or a list of {filter, value}, not a map."),
        Case("merge_method: linear\nparameters:\n  weight: [1, [2]]", 3, 15, "not a list"),
        Case("merge_method: linear\nparameters:\n  weight:\n    - filter: mlp", 4, 7, "A setting of parameter 'weight' needs 'value'."),
        Case("merge_method: linear\nparameters:\n  weight:\n    - filtre: mlp\n      value: 1", 4, 7, "Unknown key 'filtre'. Did you mean 'filter'?"),
        Case("merge_method: linear\nparameters:\n  weight:\n    - value: [{value: 1}]", 4, 14, "settings inside"),
        Case("merge_method: linear\nparameters:\n  weight:\n    - value: 1\n    - 2", 5, 7, "is a map"),
        Case("merge_method: linear\ndtype: fp16", 2, 8, "'dtype': Unknown type 'fp16'; allowed are float32, float16, bfloat16, float64. Did you mean 'float16'?"),
        Case("merge_method: linear\ndtype: torch.bfloat16", 2, 8, "Did you mean 'bfloat16'?"),
        Case("merge_method: linear\nout_dtype: bflaot16", 2, 12, "Did you mean 'bfloat16'?"),
        Case("merge_method: linear\ndtype: int64", 2, 8, "averages of weights are not integers"),
        Case("merge_method: linear\ndtype: float8_e4m3fn", 2, 8, "8-bit floats need scales"),
        Case("merge_method: linear\ndtype: bool", 2, 8, "averages of weights are not integers"),
        Case("merge_method: linear\nrandom_seed: -1", 2, 14, "'random_seed' is '-1'"),
        Case("merge_method: linear\nnon_finite: fial", 2, 13, "'non_finite' is 'fial'; allowed are fail, warn, allow. Did you mean 'fail'?"),
        Case("merge_method: linear\non_mismatch: 1", 2, 14, "allowed are error, skip"),
        Case("merge_method: linear\nmodels:\n  - : b\ndtype: float16", 4, 1, "a value has no key"),
        Case("merge_method: linear\nmodels: [", 2, 10, "Not valid YAML"),
        Case("merge_method: linear\nmodels: *unknown", 2, 9, "Alias '*unknown' stands for nothing"),
        Case("merge_method: linear\n\tmodels: []", 2, 1, "Not valid YAML"),
        Case("merge_method: linear\nmodels: \uD83Da", 2, 9, "The character U+D83D is not allowed in YAML."),
        Case("merge_method: linear\n# \u0006", 2, 3, "The character U+0006 is not allowed in YAML."),
        Case("merge_method: linear\n---\nmerge_method: ties", 3, 1, "A recipe is one YAML document; this is the second. Stages are read with MergePipeline."),
        Case("a: &x 1\n---\nb: *x", 3, 4, "Alias '*x' stands for nothing"),
        Case("merge_method: !!python/object:os.system linear", 1, 15, "Tags such as"),
        Case("merge_method: linear\nparameters:\n  <<: 1", 3, 7, "'<<' takes a map"),
        Case("merge_method: linear\n? [a]\n: 1", 2, 3, "A key is text, not a list."),
    ];

    [TestCaseSource(nameof(Cases))]
    public void Parse_SaysWhatIsWrongAndWhere(string yaml, int line, int column, string message)
    {
        RecipeException? error = Assert.Throws<RecipeException>(() => MergeRecipe.Parse(yaml, "r.yml"));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(error!.Message, Does.Contain(message));
            Assert.That((error.Line, error.Column), Is.EqualTo((line, column)), error.Message);
            Assert.That(error.Message, Does.StartWith($"r.yml({line},{column}): "));
        }
    }

    [Test, CancelAfter(20_000)]
    public void Parse_SurvivesTextsMadeToExhaustIt()
    {
        // A thousand models of a thousand settings of a thousand values: a billion in ten kilobytes, were the aliases written out.
        string gradient = string.Join(", ", Enumerable.Repeat("1", 1000));
        string settings = string.Join(", ", Enumerable.Repeat("*s", 1000));
        string models = string.Join(", ", Enumerable.Repeat("*m", 1000));
        string wide = $"merge_method: linear\nmodels: [&m {{model: a, parameters: {{weight: [&s {{value: &g [{gradient}]}}, {settings}]}}}}, {models}]";

        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => MergeRecipe.Parse(wide), Throws.TypeOf<RecipeException>().With.Message.Contains("more than 100000 values"));
            Assert.That(() => MergeRecipe.Parse(new string('[', 500_000)), Throws.TypeOf<RecipeException>().With.Message.Contains("deep"));
            Assert.That(() => MergeRecipe.Parse(string.Concat(Enumerable.Repeat("- ", 500_000))), Throws.TypeOf<RecipeException>());
            Assert.That(() => MergeRecipe.Parse(new string('{', 500_000)), Throws.TypeOf<RecipeException>());
            Assert.That(() => MergeRecipe.Parse("merge_method: linear\nparameters: &p {<<: *p}"), Throws.TypeOf<RecipeException>());
            Assert.That(() => MergeRecipe.Parse("merge_method: linear\nmodels: &m [*m]"), Throws.TypeOf<RecipeException>());
        }
    }

    private static object[] Case(string yaml, int line, int column, string message) => [yaml, line, column, message];
}
