using ModelTensors;

namespace ModelAggregation.Merging.Planning;

/// <summary>Finds the statistics of a tensor's inputs by name, and checks that they fit.</summary>
internal sealed class StatisticsMatcher(MergeMethod? method, PlanFindings findings)
{
    /// <summary>Finds the statistics of every input; null where there are none.</summary>
    public PlannedStatistics?[] Find(MatchedTensor matched)
    {
        PlannedStatistics?[] found = new PlannedStatistics?[matched.Inputs.Count];
        if (method is null or { Statistics: MergeStatistics.None } || matched.Inputs.Any(input => input.Source.Statistics is null))
        {
            // Statistics that are not given or cannot be opened are a problem already.
            return found;
        }

        bool[] has = [.. matched.Inputs.Select(input => input.Source.Statistics!.Tensors.TryGet(input.Name, out _))];
        if (method.Statistics == MergeStatistics.Gram && !has.Contains(true))
        {
            return found;
        }

        for (int index = 0; index < found.Length; index++)
        {
            found[index] = Find(matched.Name, matched.Inputs[index]);
        }

        return found;
    }

    private PlannedStatistics? Find(string outputName, MatchedInput input)
    {
        OpenModel statistics = input.Source.Statistics!;
        string model = input.Source.Model.Reference;
        if (!statistics.Tensors.TryGet(input.Name, out TensorSource? source))
        {
            string others = method!.Statistics == MergeStatistics.Gram ? ", which the statistics of other models have" : string.Empty;
            Report($"missing\n{model}", tensors => $"The statistics '{statistics.Reference}' of model '{model}' lack {tensors}{others}.");
            return null;
        }

        if (method!.Statistics == MergeStatistics.Elementwise && input.Tensor is (GatheredRowsSource or ShapedSource))
        {
            Report("rows", tensors => $"{tensors}: 'tokenizer' puts the rows in another order, in which '{method.Name}' has no statistics; merge them with 'vocabulary' instead.");
            return null;
        }

        TensorShape expected = Expected(input.Tensor.Shape);
        if (method.Statistics == MergeStatistics.Elementwise && input.Tensor is LeadingRowsSource && source.Shape.Rank == 2
            && source.Shape[0] >= expected[0] && source.Shape[1] == expected[1])
        {
            // The rows of a vocabulary that are cut off have statistics too.
            source = new LeadingRowsSource(source, expected[0]);
        }

        string type = source.DataType.SafetensorsName;
        if (source.Shape != expected || !source.DataType.IsFloatingPoint)
        {
            Report(
                $"fit\n{model}\n{source.Shape}\n{type}\n{expected}",
                tensors => $"{tensors}: the statistics '{statistics.Reference}' have shape {source.Shape} and type {type}; '{method.Name}' takes floats of shape {expected}.");
            return null;
        }

        return new PlannedStatistics(statistics.Name, source);

        void Report(string key, Func<string, string> message) => findings.AddForTensor(PlanProblemKind.Statistics, key, outputName, message, model);
    }

    private TensorShape Expected(TensorShape shape) => method!.Statistics == MergeStatistics.Gram
        && shape.Rank > 0
        ? new TensorShape(shape[shape.Rank - 1], shape[shape.Rank - 1])
        : shape;
}
