using System.Text.Json.Nodes;
using ModelAggregation.Merging.Recipes;
using ModelTensors;
using ModelTensors.Tokenizers;

namespace ModelAggregation.Merging.Planning;

/// <summary>Brings embeddings and heads into the order of the output's vocabulary.</summary>
internal sealed class VocabularyPlan
{
    private readonly MergeRecipe _recipe;
    private readonly PlanFindings _findings;
    private readonly OutputVocabulary _output;
    // By reference: a module sees a model of its own, with that module's tensors.
    private readonly Dictionary<string, ModelVocabulary> _models;
    private readonly Dictionary<int, MergeToken> _configured = [];
    private readonly List<PlannedRows> _rows = [];

    private VocabularyPlan(MergeRecipe recipe, OutputVocabulary output, IReadOnlyList<ModelVocabulary> models, PlanFindings findings)
    {
        _recipe = recipe;
        _findings = findings;
        _output = output;
        _models = models.ToDictionary(model => model.Model.Reference, StringComparer.Ordinal);
        RowCount = Rows(output.Tokens.Count, output.Source.RowCount, recipe.Tokenizer!.PadToMultipleOf);
        foreach (ModelVocabulary model in models)
        {
            model.Match(output.Tokens);
        }

        foreach (MergeToken token in recipe.Tokenizer.Tokens)
        {
            _configured.TryAdd(output.Find(token.Token)!.Value, token);
            CheckSource(token);
        }
    }

    /// <summary>Gets the rows of the output: tokens and padding.</summary>
    public int RowCount { get; }

    /// <summary>Gets the model whose tokens keep their numbers.</summary>
    public OpenModel Source => _output.Source.Model;

    /// <summary>Gets the tokens that the source lacks.</summary>
    public IReadOnlyList<NewToken> NewTokens => _output.New;

    /// <summary>Reads the models' vocabularies and makes the output's.</summary>
    /// <returns>Null when the recipe does not ask for it, or a problem is reported.</returns>
    public static VocabularyPlan? Create(MergeRecipe recipe, ModelCatalog catalog, PlanFindings findings)
    {
        if (recipe.Tokenizer is not { } tokenizer)
        {
            return null;
        }

        List<ModelVocabulary> models = [.. catalog.Models.Select(model => ModelVocabulary.TryRead(model, findings)).OfType<ModelVocabulary>()];
        string? reference = tokenizer.SourceModel ?? recipe.BaseModel ?? recipe.References().FirstOrDefault();
        return models.Count == catalog.Models.Count
            && models.Find(model => string.Equals(model.Model.Reference, reference, StringComparison.Ordinal)) is { } source
            && CheckRows(source, findings)
            ? new VocabularyPlan(recipe, OutputVocabulary.Create(tokenizer, source, models, findings), models, findings)
            : null;
    }

    /// <summary>Puts the rows of an embedding or head in the output's order.</summary>
    /// <param name="inputs">The inputs, which are replaced where they change.</param>
    /// <param name="outputName">The output's name.</param>
    /// <param name="baseModel">The base model's reference, which a module may have of its own, or null.</param>
    public void Arrange(List<MatchedInput> inputs, string outputName, string? baseModel)
    {
        bool IsBase(MatchedInput input) => string.Equals(input.Source.Model.Reference, baseModel, StringComparison.Ordinal);

        // What differs in columns is reported, or left out, as any other tensor.
        MatchedInput expected = inputs.Find(IsBase) ?? inputs[0];
        List<int> fitting = [.. Enumerable.Range(0, inputs.Count).Where(index => inputs[index].Tensor.Shape[1] == expected.Tensor.Shape[1])];
        MatchedInput[] originals = [.. fitting.Select(index => inputs[index])];
        TensorSource[] matrices = [.. originals.Select(input => input.Tensor)];
        RowPlanner planner = new(_output, originals, [.. originals.Select(input => _models[input.Source.Model.Reference])], Array.FindIndex(originals, IsBase), _configured)
        {
            RowCount = RowCount,
            KeepsPadding = _recipe.Tokenizer!.PadToMultipleOf is null,
        };
        if (!planner.CheckRows(outputName, _findings))
        {
            return;
        }

        for (int index = 0; index < originals.Length; index++)
        {
            PlannedRows rows = new(outputName, originals[index].Source.Model.Name);
            RowMap map = planner.Plan(index, rows);
            _rows.Add(rows);
            if (!map.IsIdentity(index, matrices[index].Shape[0]))
            {
                inputs[fitting[index]] = originals[index] with { Tensor = new GatheredRowsSource(matrices, map) };
            }
        }

        if (planner.UnknownTokens is { Count: > 0 } unknown)
        {
            string example = unknown.First();
            _findings.WarnForTensor(
                $"zeros\n{unknown.Count}", outputName, tensors => $"{unknown.Count} tokens, such as '{example}', have a row in no model: it is zero in {tensors}.");
        }
    }

    /// <summary>Puts the elements of a head's bias in the output's order.</summary>
    /// <param name="inputs">The inputs, which are replaced where they change.</param>
    /// <param name="outputName">The output's name.</param>
    /// <param name="baseModel">The base model's reference, or null.</param>
    public void ArrangeBias(List<MatchedInput> inputs, string outputName, string? baseModel)
    {
        List<MatchedInput> columns = [.. inputs.Select(input => input with { Tensor = new ShapedSource(input.Tensor, new TensorShape([input.Tensor.Shape[0], 1])) })];
        Arrange(columns, outputName, baseModel);
        for (int index = 0; index < inputs.Count; index++)
        {
            if (columns[index].Tensor is GatheredRowsSource column)
            {
                inputs[index] = inputs[index] with { Tensor = new ShapedSource(column, new TensorShape([column.Shape[0]])) };
            }
        }
    }

    /// <summary>Brings the vocabulary's size and the numbers of special tokens in a configuration up to date.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="donor">The model it comes from.</param>
    public void Apply(JsonObject config, OpenModel donor) => new SpecialTokens(_output, _findings).Apply(config, _models[donor.Reference], RowCount);

    /// <summary>Warns of special tokens that have other numbers in the models than in the output.</summary>
    public void CompareSpecialTokens()
    {
        SpecialTokens special = new(_output, _findings);
        foreach (ModelVocabulary model in _models.Values)
        {
            special.Compare(model);
        }
    }

    /// <summary>Returns what a plan says of it.</summary>
    public PlannedVocabulary ToPlanned() => new()
    {
        Source = Source.Reference,
        Tokens = _output.Tokens,
        NewTokens = _output.New,
        RowCount = RowCount,
        Rows = _rows,
    };

    /// <summary>Returns what identifies the vocabularies.</summary>
    public IEnumerable<string> Identities() => _models.Values.Select(model => $"{model.Model.Name} {model.Vocabulary.Hash()}");

    // Where every row comes from is kept in memory.
    private static bool CheckRows(ModelVocabulary source, PlanFindings findings)
    {
        if (source.RowCount <= Vocabulary.LargestId)
        {
            return true;
        }

        findings.Add(
            PlanProblemKind.Tokenizer,
            $"Model '{source.Model.Reference}' has {source.RowCount} rows in its embedding; vocabularies of at most {Vocabulary.LargestId} are merged.",
            source.Model.Reference);
        return false;
    }

    private static int Rows(int tokens, int own, int? multiple) =>
        multiple is { } number ? checked((int)(((tokens + (long)number - 1) / number) * number)) : Math.Max(tokens, own);

    private void CheckSource(MergeToken token)
    {
        if (token.Source is not { Model: { } reference } source)
        {
            return;
        }

        string named = source.Token ?? token.Token;
        if (!_models.TryGetValue(reference, out ModelVocabulary? model))
        {
            string hint = NearestName.Suggest(reference, _models.Keys);
            _findings.Add(PlanProblemKind.Tokenizer, $"Token '{token.Token}': its source '{reference}' is no model of the recipe.{hint}", reference);
        }
        else if (source.TokenId is null && !model.Vocabulary.TryGetId(named, out _))
        {
            _findings.Add(PlanProblemKind.Tokenizer, $"Token '{token.Token}': model '{reference}' has no token '{named}', whose row it should take.", reference);
        }
    }
}
