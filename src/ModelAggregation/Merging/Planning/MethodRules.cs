using ModelAggregation.Merging.Recipes;

namespace ModelAggregation.Merging.Planning;

/// <summary>Checks a recipe's method, its number of models and its parameters; needs no model.</summary>
internal sealed class MethodRules(MergeRecipe recipe, MergeMethodRegistry methods, PlanFindings findings)
{
    /// <summary>Checks all rules.</summary>
    /// <returns>The method, or null when it is unknown.</returns>
    public MergeMethod? Check()
    {
        if (!methods.TryGet(recipe.Method, out MergeMethod? method))
        {
            string[] names = [.. methods.Methods.Select(item => item.Name)];
            string hint = NearestName.Suggest(recipe.Method, names);
            findings.Add(
                PlanProblemKind.UnknownMethod,
                $"Unknown merge method '{recipe.Method}'.{(hint.Length > 0 ? hint : $" Known are {string.Join(", ", names)}.")}");
            return null;
        }

        foreach (MergeModule module in recipe.Parts)
        {
            CheckModels(method, module);
            CheckStatistics(method, module);
        }

        CheckParameters(method, recipe.Parameters, "the recipe", model: null);
        foreach (MergeModule module in recipe.Parts)
        {
            CheckParameters(method, module);
        }

        return method;
    }

    /// <summary>Turns 0 and 1 into truth values where one is asked for: mergekit's recipes have both.</summary>
    public static ParameterScalar Convert(MergeParameter parameter, ParameterScalar value) =>
        parameter.Kind == ParameterKind.Boolean && value.Kind == ParameterKind.Number && value.ToNumber() is 0 or 1
            ? value.ToNumber() != 0
            : value;

    private void CheckModels(MergeMethod method, MergeModule module)
    {
        string where = Where(module);
        string? baseModel = module.BaseModel ?? recipe.BaseModel;
        if (method.BaseModel == BaseModelRole.Required && baseModel is null)
        {
            string whose = where.Length > 0 ? $" for {where}" : string.Empty;
            findings.Add(PlanProblemKind.BaseModelRequired, $"Method '{method.Name}' needs a base model{whose}; give one as 'base_model'.");
        }

        if (module.Models.Count > 0)
        {
            CheckCount(method, baseModel, [.. module.Models.Select(model => model.Model)], where);
        }

        for (int index = 0; index < module.Slices.Count; index++)
        {
            if (module.Slices[index].Sources.Count > 0)
            {
                CheckCount(method, baseModel, [.. module.Slices[index].Sources.Select(source => source.Model)], Within(where, $"slice {index + 1}"));
            }
        }
    }

    private void CheckStatistics(MergeMethod method, MergeModule module)
    {
        IEnumerable<(string Model, string? Statistics)> models = module.Models.Select(model => (model.Model, model.Statistics))
            .Concat(module.Slices.SelectMany(slice => slice.Sources).Select(source => (source.Model, source.Statistics)))
            .Distinct();
        foreach ((string model, string? statistics) in models)
        {
            if (method.Statistics == MergeStatistics.None && statistics is not null)
            {
                findings.Add(PlanProblemKind.Statistics, $"Model '{model}' has 'statistics', which '{method.Name}' does not use; take them out.", model);
            }
            else if (method.Statistics != MergeStatistics.None && statistics is null)
            {
                findings.Add(
                    PlanProblemKind.Statistics, $"Model '{model}' has no 'statistics', by which '{method.Name}' weighs; give the checkpoint that holds them.", model);
            }
        }
    }

    private void CheckParameters(MergeMethod method, MergeModule module)
    {
        string where = Where(module);
        CheckParameters(method, module.Parameters, where, model: null);
        foreach (MergeModel model in module.Models)
        {
            CheckParameters(method, model.Parameters, Within(where, $"model '{model.Model}'"), model.Model);
        }

        for (int index = 0; index < module.Slices.Count; index++)
        {
            string slice = Within(where, $"slice {index + 1}");
            CheckParameters(method, module.Slices[index].Parameters, slice, model: null);
            foreach (MergeSliceSource source in module.Slices[index].Sources)
            {
                CheckParameters(method, source.Parameters, $"{slice}, model '{source.Model}'", source.Model);
            }
        }
    }

    private static string Where(MergeModule module) => module.Name.Length > 0 ? $"module '{module.Name}'" : string.Empty;

    private static string Within(string where, string what) => where.Length > 0 ? $"{where}, {what}" : what;

    private void CheckCount(MergeMethod method, string? baseModel, string[] models, string where)
    {
        bool needsBase = method.BaseModel == BaseModelRole.Required;
        if (method.BaseModel == BaseModelRole.Optional)
        {
            models = [.. models.Where(model => !string.Equals(model, baseModel, StringComparison.Ordinal))];
        }

        // A base model that is not listed joins the others; one that is missing would, so only what is left counts against the minimum.
        bool baseJoins = needsBase && (baseModel is null || Array.IndexOf(models, baseModel) < 0);
        int largest = models.Length + (baseJoins ? 1 : 0);
        int smallest = baseModel is null ? models.Length : largest;
        if (largest < method.MinimumModels || smallest > method.MaximumModels)
        {
            string allowed = (method.MinimumModels, method.MaximumModels) switch
            {
                (var least, var most) when least == most => $"exactly {least}",
                (var least, int.MaxValue) => $"at least {least}",
                (var least, var most) => $"{least} to {most}",
            };
            string counted = method.BaseModel switch
            {
                BaseModelRole.Required => ", the base model included",
                BaseModelRole.Optional => " besides a base model",
                _ => string.Empty,
            };
            string prefix = where.Length > 0 ? $"{char.ToUpperInvariant(where[0])}{where.AsSpan(1)}: " : string.Empty;
            string noun = method.MaximumModels == 1 ? "model" : "models";
            findings.Add(
                PlanProblemKind.ModelCount, $"{prefix}Method '{method.Name}' merges {allowed} {noun}{counted}; the recipe has {largest}.");
        }
    }

    private void CheckParameters(MergeMethod method, ParameterSet parameters, string where, string? model)
    {
        foreach ((string name, ParameterValue value) in parameters)
        {
            MergeParameter? parameter = method.Parameters.FirstOrDefault(item => string.Equals(item.Name, name, StringComparison.Ordinal));
            if (parameter is null)
            {
                findings.Add(PlanProblemKind.UnknownParameter, $"Unknown parameter '{name}' of {where}.{Hint(method, name)}", model);
            }
            else if (model is not null && !parameter.PerModel)
            {
                findings.Add(
                    PlanProblemKind.MisplacedParameter,
                    $"Parameter '{name}' is set for {where} but belongs to the method as a whole; set it under 'parameters' of the recipe or a slice.",
                    model);
            }
            else
            {
                CheckValue(parameter, value, where, model);
            }
        }
    }

    private string Hint(MergeMethod method, string name)
    {
        string[] own = [.. method.Parameters.Select(parameter => parameter.Name)];
        if (NearestName.Suggest(name, own) is { Length: > 0 } hint)
        {
            return hint;
        }

        string has = own.Length == 0 ? $" Method '{method.Name}' has none." : $" Method '{method.Name}' has {string.Join(", ", own)}.";
        string[] others = [.. methods.Methods
            .Where(other => other.Parameters.Any(parameter => string.Equals(parameter.Name, name, StringComparison.Ordinal)))
            .Select(other => other.Name)];
        return others.Length == 0 ? has : $"{has} '{name}' belongs to {string.Join(", ", others)}.";
    }

    // Interpolation stays between its ends, so that checking what is written checks every tensor.
    private void CheckValue(MergeParameter parameter, ParameterValue setting, string where, string? model)
    {
        foreach (ParameterScalar value in Scalars(setting).Select(value => Convert(parameter, value)))
        {
            string what = $"Parameter '{parameter.Name}' of {where}";
            if (value.Kind != parameter.Kind)
            {
                string kind = parameter.Kind switch
                {
                    ParameterKind.Number => "a number",
                    ParameterKind.Boolean => "true or false",
                    _ => "a word",
                };
                findings.Add(PlanProblemKind.ParameterKind, $"{what} is '{value}'; it must be {kind}.", model);
            }
            else if (Refusal(parameter, value) is { } allowed)
            {
                findings.Add(PlanProblemKind.ParameterValue, $"{what} is {value}; {allowed}", model);
            }
        }
    }

    private static string? Refusal(MergeParameter parameter, ParameterScalar value)
    {
        if (value.Kind == ParameterKind.Text && parameter.Choices.Count > 0)
        {
            return parameter.Choices.Contains(value.ToString(), StringComparer.Ordinal)
                ? null
                : $"allowed are {string.Join(", ", parameter.Choices)}.{NearestName.Suggest(value.ToString(), parameter.Choices)}";
        }

        if (value.Kind != ParameterKind.Number)
        {
            return null;
        }

        double number = value.ToNumber();
        bool fits = double.IsFinite(number)
            && number <= parameter.Maximum
            && (parameter.MinimumIsExclusive ? number > parameter.Minimum : number >= parameter.Minimum);
        return fits ? null : $"allowed are {Range(parameter)}.";
    }

    private static string Range(MergeParameter parameter)
    {
        bool hasMinimum = double.IsFinite(parameter.Minimum);
        bool hasMaximum = double.IsFinite(parameter.Maximum);
        string from = hasMinimum ? $"{(parameter.MinimumIsExclusive ? '(' : '[')}{parameter.Minimum}" : "(-∞";
        string to = hasMaximum ? $"{parameter.Maximum}]" : "∞)";
        return hasMinimum || hasMaximum ? $"finite numbers in {from}, {to}" : "finite numbers";
    }

    private static IEnumerable<ParameterScalar> Scalars(ParameterValue value) => value switch
    {
        ScalarParameter scalar => [scalar.Value],
        GradientParameter gradient => gradient.Values,
        FilteredParameter filtered => filtered.Cases.SelectMany(item => Scalars(item.Value)),
        _ => [],
    };
}
