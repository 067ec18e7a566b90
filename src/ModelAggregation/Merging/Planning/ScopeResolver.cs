using ModelAggregation.Merging.Recipes;

namespace ModelAggregation.Merging.Planning;

/// <summary>Finds the values of parameters: the narrowest scope that has one decides, then the default.</summary>
internal sealed class ScopeResolver(MergeMethod? method, PlanFindings findings)
{
    private readonly MergeParameter[] _ofMethod = [.. (method?.Parameters ?? []).Where(parameter => !parameter.PerModel)];
    private readonly MergeParameter[] _ofModels = [.. (method?.Parameters ?? []).Where(parameter => parameter.PerModel)];

    // Most tensors have the same values as their neighbours: equal sets are one object, so that a plan stays small.
    private readonly Dictionary<ParameterScalar?[], ParameterValues> _known = new(new ValuesComparer());

    /// <summary>Resolves the parameters of the method for one tensor.</summary>
    /// <param name="scopes">The scopes, narrowest first.</param>
    /// <param name="outputName">The name of the output tensor.</param>
    /// <param name="position">The place among the layers of the slice.</param>
    public ParameterValues ForMethod(ReadOnlySpan<ParameterSet> scopes, string outputName, double position) =>
        Resolve(_ofMethod, scopes, outputName, position, model: null, isExempt: false);

    /// <summary>Resolves the parameters of one model for one tensor.</summary>
    /// <param name="scopes">The scopes, narrowest first.</param>
    /// <param name="inputName">The name of the tensor in that model.</param>
    /// <param name="position">The place among the layers of the slice.</param>
    /// <param name="model">The model's reference.</param>
    /// <param name="isBase">Whether the model is the base of a method that needs one: nothing is required of it.</param>
    public ParameterValues ForModel(ReadOnlySpan<ParameterSet> scopes, string inputName, double position, string model, bool isBase) =>
        Resolve(_ofModels, scopes, inputName, position, model, isBase);

    private ParameterValues Resolve(
        MergeParameter[] parameters, ReadOnlySpan<ParameterSet> scopes, string tensorName, double position, string? model, bool isExempt)
    {
        if (parameters.Length == 0)
        {
            return ParameterValues.None;
        }

        ParameterScalar?[] values = new ParameterScalar?[parameters.Length];
        for (int index = 0; index < parameters.Length; index++)
        {
            MergeParameter parameter = parameters[index];
            values[index] = Find(parameter, scopes, tensorName, position) ?? parameter.Default;
            if (values[index] is null && !parameter.IsOptional && !isExempt)
            {
                string where = model is null ? string.Empty : $" of model '{model}'";
                findings.AddForTensor(
                    PlanProblemKind.MissingParameter,
                    $"{parameter.Name}\n{model}",
                    tensorName,
                    tensors => $"Parameter '{parameter.Name}'{where} is required by '{method!.Name}' and has no value for {tensors}.",
                    model);
            }
        }

        if (!_known.TryGetValue(values, out ParameterValues? known))
        {
            known = new ParameterValues(parameters.Select((parameter, index) => (parameter.Name, Value: values[index]))
                .Where(item => item.Value is not null)
                .Select(item => KeyValuePair.Create(item.Name, item.Value!.Value)));
            _known.Add(values, known);
        }

        return known;
    }

    private static ParameterScalar? Find(MergeParameter parameter, ReadOnlySpan<ParameterSet> scopes, string tensorName, double position)
    {
        foreach (ParameterSet scope in scopes)
        {
            if (scope.TryGet(parameter.Name, out ParameterValue? setting) && setting.Evaluate(tensorName, position) is { } value)
            {
                return MethodRules.Convert(parameter, value);
            }
        }

        return null;
    }

    private sealed class ValuesComparer : IEqualityComparer<ParameterScalar?[]>
    {
        public bool Equals(ParameterScalar?[]? x, ParameterScalar?[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(ParameterScalar?[] obj)
        {
            HashCode hash = default;
            foreach (ParameterScalar? value in obj)
            {
                hash.Add(value);
            }

            return hash.ToHashCode();
        }
    }
}
