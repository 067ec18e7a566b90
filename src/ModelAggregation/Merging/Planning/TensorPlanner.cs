using ModelAggregation.Merging.Recipes;
using ModelTensors;

namespace ModelAggregation.Merging.Planning;

/// <summary>Plans every output tensor: those before the layers, the layers in order, those after them.</summary>
internal sealed class TensorPlanner(MergeRecipe recipe, MergeMethod? method, VocabularyPlan? vocabulary, PlanFindings findings)
{
    private readonly TensorMatcher _matcher = new(recipe, method, vocabulary, findings);
    private readonly StatisticsMatcher _statistics = new(method, findings);
    private readonly ScopeResolver _scopes = new(method, findings);
    private readonly List<PlannedTensor> _planned = [];

    /// <summary>Plans all tensors.</summary>
    public List<PlannedTensor> Plan(IReadOnlyList<SliceLayout> slices, CancellationToken cancellationToken)
    {
        int layerCount = slices.Sum(slice => slice.Length);
        AddOutside(slices[0], isBefore: true, layerCount);
        foreach (SliceLayout slice in slices)
        {
            for (int layer = 0; layer < slice.Length; layer++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                AddLayer(slice, layer);
            }
        }

        AddOutside(slices[^1], isBefore: false, layerCount);
        return _planned;
    }

    private void AddOutside(SliceLayout slice, bool isBefore, int layerCount)
    {
        Dictionary<string, string?[]> names = new(StringComparer.Ordinal);
        for (int index = 0; index < slice.Sources.Count; index++)
        {
            LayerNaming layers = slice.Sources[index].Model.Layers;
            foreach (string name in layers.Outside.Where(name => TensorNames.IsBeforeLayers(name) == isBefore))
            {
                Row(names, name, slice.Sources.Count)[index] = name;
            }

            foreach (string name in layers.Surplus.Where(name => TensorNames.IsBeforeLayers(name) == isBefore))
            {
                // Their number would fall among the output's own layers, or leave a gap after them.
                if (layerCount == layers.LayerCount)
                {
                    Row(names, name, slice.Sources.Count)[index] = name;
                }
                else
                {
                    findings.WarnForTensor(
                        "surplus", name, tensors => $"Not written, because the number of layers changes: {tensors} of layers that config.json does not count.");
                }
            }
        }

        // Outside the layers every gradient is at its start.
        AddAll(slice, names, isOutside: true, position: 0);
    }

    private void AddLayer(SliceLayout slice, int layer)
    {
        int output = slice.FirstLayer + layer;
        Dictionary<string, string?[]> names = new(StringComparer.Ordinal);
        for (int index = 0; index < slice.Sources.Count; index++)
        {
            SourceLayout source = slice.Sources[index];
            int input = source.Start + layer;
            foreach (LayerTensor tensor in source.Model.Layers.Layer(input))
            {
                string name = input == output ? tensor.Name : tensor.NameIn(output);
                Row(names, name, slice.Sources.Count)[index] = tensor.Name;
            }
        }

        AddAll(slice, names, isOutside: false, slice.Position(layer));
    }

    private static string?[] Row(Dictionary<string, string?[]> names, string name, int count)
    {
        if (!names.TryGetValue(name, out string?[]? row))
        {
            names[name] = row = new string?[count];
        }

        return row;
    }

    private void AddAll(SliceLayout slice, Dictionary<string, string?[]> names, bool isOutside, double position)
    {
        foreach ((string name, string?[] row) in names.OrderBy(item => item.Key, StringComparer.Ordinal))
        {
            if (_matcher.Match(slice, name, row, isOutside) is { } matched)
            {
                _planned.Add(matched.IsCopied ? Copy(matched) : Merge(slice, matched, position));
            }
        }
    }

    private PlannedTensor Copy(MatchedTensor matched)
    {
        // The first is copied, the others are there to be compared: the base model goes first.
        IEnumerable<MatchedInput> ordered = matched.Inputs.OrderByDescending(input => _matcher.IsBase(input.Source));
        PlannedInput[] inputs = [.. ordered.Select(input => Input(input, ParameterValues.None))];
        return new PlannedTensor
        {
            Output = new TensorInfo(matched.Name, inputs[0].Source.DataType, inputs[0].Source.Shape),
            Inputs = inputs,
            BaseIndex = matched.BaseIndex < 0 ? -1 : 0,
            IsCopied = true,
            IsEmbedding = matched.IsEmbedding,
        };
    }

    private PlannedTensor Merge(SliceLayout slice, MatchedTensor matched, double position)
    {
        PlannedInput[] inputs = new PlannedInput[matched.Inputs.Count];
        PlannedStatistics?[] statistics = _statistics.Find(matched);
        for (int index = 0; index < inputs.Length; index++)
        {
            MatchedInput input = matched.Inputs[index];
            ParameterSet own = input.Source.Parameters;
            PlannedInput planned = Input(input, _scopes.ForModel(
                [own, slice.Parameters, recipe.Parameters], input.Name, position, input.Source.Model.Reference, _matcher.IsNeededBase(input.Source)));
            inputs[index] = planned with { Statistics = statistics[index] };
        }

        DataType type = recipe.OutputDataType ?? recipe.DataType ?? matched.NaturalType;
        PlannedTensor tensor = new()
        {
            Output = new TensorInfo(matched.Name, type, inputs[0].Source.Shape),
            Inputs = inputs,
            BaseIndex = matched.BaseIndex,
            Parameters = _scopes.ForMethod([slice.Parameters, recipe.Parameters], matched.Name, position),
            IsEmbedding = matched.IsEmbedding,
        };
        Validate(tensor);
        return tensor;
    }

    private void Validate(PlannedTensor tensor)
    {
        // A method may rely on its parameters being there and in range.
        if (method is null || findings.HasParameterProblems)
        {
            return;
        }

        foreach (string message in method.Validate(tensor))
        {
            findings.AddForTensor(PlanProblemKind.MethodRule, message, tensor.Name, tensors => $"{message} ({tensors})");
        }
    }

    private static PlannedInput Input(MatchedInput input, ParameterValues parameters) =>
        new(input.Source.Model.Name, input.Name, input.Tensor, parameters);
}
