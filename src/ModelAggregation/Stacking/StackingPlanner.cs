using System.Text.Json.Nodes;
using ModelAggregation.Merging.Planning;
using ModelTensors;
using ModelTensors.Checkpoints;
using ModelTensors.Tokenizers;

namespace ModelAggregation.Stacking;

/// <summary>Plans a stack: every problem is found before any tensor is read.</summary>
internal sealed class StackingPlanner(StackingRecipe recipe, IReadOnlyDictionary<string, StackedModel> opened)
{
    private readonly List<StackingProblem> _problems = [];
    private readonly List<string> _warnings = [];

    // Each model once, in the order of its first place.
    private readonly IReadOnlyList<StackedModel> _distinct = [.. recipe.Models.Distinct(StringComparer.Ordinal).Select(reference => opened[reference])];

    /// <summary>Opens the models and plans. The plan owns them.</summary>
    public static StackingPlan Plan(StackingRecipe recipe, IModelResolver resolver, CancellationToken cancellationToken)
    {
        Dictionary<string, StackedModel> opened = new(StringComparer.Ordinal);
        List<StackingProblem> problems = [];
        try
        {
            foreach (string reference in recipe.Models.Distinct(StringComparer.Ordinal))
            {
                cancellationToken.ThrowIfCancellationRequested();
                try
                {
                    TensorSet tensors = resolver.Open(reference);
                    opened.Add(reference, new StackedModel(reference, tensors, LayerNaming.Of(tensors)));
                }
                catch (ModelDataException error)
                {
                    problems.Add(new StackingProblem(StackingProblemKind.ModelNotFound, error.Message, reference, error.TensorName));
                }
            }

            return problems.Count > 0 ? throw new StackingException(problems) : new StackingPlanner(recipe, opened).Plan();
        }
        catch
        {
            foreach (StackedModel model in opened.Values)
            {
                model.Tensors.Dispose();
            }

            throw;
        }
    }

    private StackingPlan Plan()
    {
        StackingRules.Check(_distinct, _problems, _warnings);
        foreach (StackedModel model in _distinct)
        {
            CheckLayers(model);
        }

        CheckLayerTensors();
        StackedLayer[] layers = [.. Order()];
        List<StackedTensor> tensors = Tensors(layers);
        string? folder = TokenizerFolder();
        JsonObject? config = StackingConfig.Create(_distinct, layers, tensors, _problems);
        return _problems.Count > 0 ? throw new StackingException(_problems) : new StackingPlan(recipe, _distinct, layers, tensors, config, folder, _warnings);
    }

    private IEnumerable<StackedLayer> Order()
    {
        if (recipe.Method is StackMethod.Stack)
        {
            return recipe.Models.SelectMany(model => Enumerable.Range(0, opened[model].Layers.LayerCount).Select(layer => new StackedLayer(model, layer)));
        }

        int deepest = _distinct.Max(model => model.Layers.LayerCount);
        return Enumerable.Range(0, deepest).SelectMany(layer => recipe.Models.Where(model => layer < opened[model].Layers.LayerCount).Select(model => new StackedLayer(model, layer)));
    }

    private void CheckLayers(StackedModel model)
    {
        string[] prefixes = [.. Enumerable.Range(0, model.Layers.LayerCount).SelectMany(layer => model.Layers.Layer(layer)).Select(tensor => tensor.Prefix).Distinct(StringComparer.Ordinal)];
        if (prefixes.Length != 1)
        {
            Add(StackingProblemKind.Layers, $"'{model.Reference}' has {(prefixes.Length == 0 ? "no layers that can be told by name" : $"several stacks of layers ({string.Join(", ", prefixes)})")}; one of each model is stacked.", model);
        }

        if (model.Layers.Surplus.Count > 0)
        {
            Add(StackingProblemKind.Layers, $"'{model.Reference}' has layers behind the {model.Layers.LayerCount} that its configuration counts, with '{model.Layers.Surplus[0]}' among them.", model, model.Layers.Surplus[0]);
        }

        if (model.Layers.Warning is { } warning)
        {
            _warnings.Add($"'{model.Reference}': {warning}.");
        }
    }

    // Layers of one model may be of several kinds, those of another in another order: for each kind of tensor one shape holds in all.
    private void CheckLayerTensors()
    {
        Dictionary<string, (TensorSource Tensor, StackedModel Model)> known = new(StringComparer.Ordinal);
        Dictionary<string, HashSet<string>> kinds = new(StringComparer.Ordinal);
        foreach (StackedModel model in _distinct)
        {
            kinds[model.Reference] = new HashSet<string>(StringComparer.Ordinal);
            foreach (LayerTensor tensor in Enumerable.Range(0, model.Layers.LayerCount).SelectMany(model.Layer))
            {
                string kind = $"{tensor.Prefix}*{tensor.Suffix}";
                if (model.Tensors.TryGet(tensor.Name, out TensorSource? source) && kinds[model.Reference].Add(kind) && !known.TryAdd(kind, (source, model)))
                {
                    CheckShape(tensor.Name, known[kind], source, model);
                }
            }
        }

        foreach ((string kind, (_, StackedModel owner)) in known)
        {
            foreach (StackedModel model in _distinct.Where(model => !kinds[model.Reference].Contains(kind)))
            {
                Add(StackingProblemKind.MissingTensor, $"'{model.Reference}' has no '{kind}' in any layer, which '{owner.Reference}' has.", model, kind);
            }
        }
    }

    private void CheckShape(string name, (TensorSource Tensor, StackedModel Model) known, TensorSource source, StackedModel model)
    {
        if (source.Shape != known.Tensor.Shape)
        {
            Add(StackingProblemKind.ShapeMismatch, $"'{name}' has shape {source.Shape} in '{model.Reference}' and {known.Tensor.Shape} in '{known.Model.Reference}'; layers of a stack have equal shapes.", model, name);
        }
        else if (source.DataType.IsFloatingPoint != known.Tensor.DataType.IsFloatingPoint)
        {
            Add(StackingProblemKind.TensorType, $"'{name}' is of {source.DataType.SafetensorsName} in '{model.Reference}' and of {known.Tensor.DataType.SafetensorsName} in '{known.Model.Reference}'.", model, name);
        }
    }

    private List<StackedTensor> Tensors(StackedLayer[] layers)
    {
        ILookup<bool, string> outside = _distinct.SelectMany(model => model.Outside).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToLookup(TensorNames.IsBeforeLayers);
        List<StackedTensor> tensors = [.. outside[true].Select(Outside).OfType<StackedTensor>()];
        for (int layer = 0; layer < layers.Length; layer++)
        {
            StackedModel model = opened[layers[layer].Model];
            foreach (LayerTensor tensor in model.Layer(layers[layer].Layer))
            {
                if (model.Tensors.TryGet(tensor.Name, out TensorSource? source))
                {
                    tensors.Add(new StackedTensor
                    {
                        Output = new TensorInfo(tensor.NameIn(layer), TypeOf(source), source.Shape),
                        Inputs = [(model.Reference, tensor.Name)],
                        Sources = [source],
                    });
                }
            }
        }

        return [.. tensors, .. outside[false].Select(Outside).OfType<StackedTensor>()];
    }

    // A model that occurs twice counts twice, as its layers do.
    private StackedTensor? Outside(string name)
    {
        List<TensorSource> sources = [];
        foreach (StackedModel model in recipe.Models.Select(reference => opened[reference]))
        {
            if (model.Tensors.TryGet(name, out TensorSource? source))
            {
                sources.Add(source);
            }
        }

        if (sources.Count < recipe.Models.Count)
        {
            foreach (StackedModel model in _distinct.Where(model => !model.Tensors.TryGet(name, out _)))
            {
                string hint = TensorNames.IsHead(name) ? " One configuration says for all whether the embedding stands for the head." : string.Empty;
                Add(StackingProblemKind.MissingTensor, $"'{model.Reference}' has no '{name}', which another model has.{hint}", model, name);
            }

            return null;
        }

        TensorSource first = sources[0];
        if (sources.Exists(source => source.Shape.Rank != first.Shape.Rank))
        {
            Add(StackingProblemKind.ShapeMismatch, $"'{name}' has the shapes {string.Join(", ", sources.Select(source => source.Shape))}: only sizes may differ, not the number of dimensions.", _distinct[0], name);
            return null;
        }

        if (!first.DataType.IsFloatingPoint && sources.Exists(source => source.Shape != first.Shape || source.DataType != first.DataType))
        {
            Add(StackingProblemKind.TensorType, $"'{name}' is of integers ({first.DataType.SafetensorsName}), which are no means of each other, and is not of one type and shape in all models.", _distinct[0], name);
            return null;
        }

        // Integers outside the layers are tables such as positions, which equal models have equal.
        bool isMean = first.DataType.IsFloatingPoint;
        TensorShape shape = new([.. Enumerable.Range(0, first.Shape.Rank).Select(axis => sources.Max(source => source.Shape[axis]))]);
        return new StackedTensor
        {
            Output = new TensorInfo(name, TypeOf(first), shape),
            Inputs = isMean ? [.. recipe.Models.Select(model => (model, name))] : [(recipe.Models[0], name)],
            Sources = isMean ? sources : [first],
        };
    }

    private DataType TypeOf(TensorSource source) => !source.DataType.IsFloatingPoint ? source.DataType
        : recipe.OutputDataType ?? (source.StoredDataType.IsFloat8 ? DataType.BF16 : source.StoredDataType);

    private string? TokenizerFolder()
    {
        string reference = recipe.TokenizerModel ?? recipe.Models[0];
        if (!opened.TryGetValue(reference, out StackedModel? owner))
        {
            _problems.Add(new StackingProblem(StackingProblemKind.Tokenizer, $"The tokenizer is to be that of '{reference}', which is not one of the models: {string.Join(", ", opened.Keys)}.", reference));
            return null;
        }

        if (recipe.TokenizerModel is not null && owner.Tensors.Folder is null)
        {
            Add(StackingProblemKind.Tokenizer, $"The tokenizer is to be that of '{reference}', which has no folder.", owner);
        }

        if (owner.Tensors.Folder is { } folder && Vocabulary.TryRead(folder) is { } vocabulary)
        {
            foreach (StackedModel model in _distinct.Where(model => model != owner && model.Tensors.Folder is not null))
            {
                int different = Vocabulary.TryRead(model.Tensors.Folder!) is { } other ? vocabulary.Tokens.Zip(other.Tokens).Count(pair => !string.Equals(pair.First, pair.Second, StringComparison.Ordinal)) : 0;
                if (different > 0)
                {
                    _warnings.Add($"{different} rows are of other tokens in '{model.Reference}' than in '{reference}', whose tokenizer is kept; rows are averaged by number.");
                }
            }
        }

        return owner.Tensors.Folder;
    }

    private void Add(StackingProblemKind kind, string message, StackedModel model, string? tensor = null) => _problems.Add(new StackingProblem(kind, message, model.Reference, tensor));
}
