using ModelAggregation.Merging.Recipes;

namespace ModelAggregation.Merging.Planning;

/// <summary>The tensors of the models sorted into the modules of a recipe; the longest prefix decides.</summary>
internal sealed class ModuleTensors
{
    private readonly Dictionary<(string Module, string Model), List<string>> _names = [];
    private readonly (MergeModule Module, string Prefix)[] _prefixes;

    // Most models have the same names: each is reported once.
    private readonly HashSet<string> _reported = new(StringComparer.Ordinal);

    private ModuleTensors(MergeRecipe recipe) => _prefixes = [.. recipe.Modules
        .SelectMany(module => ModulePrefixes.Of(module).Select(prefix => (module, prefix)))
        .OrderByDescending(item => item.prefix.Length)];

    /// <summary>Sorts the tensors, and reports modules without any, tensors that two modules claim, and tensors that none takes.</summary>
    public static ModuleTensors Sort(MergeRecipe recipe, ModelCatalog models, PlanFindings findings)
    {
        ModuleTensors sorted = new(recipe);
        foreach (OpenModel model in models.Models)
        {
            foreach (string name in model.Tensors.Names)
            {
                sorted.Add(model, name, findings);
            }
        }

        foreach (MergeModule module in recipe.Modules)
        {
            OpenModel[] used = [.. module.References().Distinct(StringComparer.Ordinal).Select(models.Find).OfType<OpenModel>()];
            if (used.Length > 0 && used.All(model => sorted.Of(module, model).Count == 0))
            {
                findings.Add(PlanProblemKind.EmptyModule, Empty(module, used));
            }
        }

        return sorted;
    }

    /// <summary>Returns the tensors of a model that a module takes.</summary>
    public IReadOnlyCollection<string> Of(MergeModule module, OpenModel model) =>
        _names.TryGetValue((module.Name, model.Reference), out List<string>? names) ? names : [];

    private void Add(OpenModel model, string name, PlanFindings findings)
    {
        int first = Array.FindIndex(_prefixes, item => ModulePrefixes.Fits(item.Prefix, name));
        if (first < 0)
        {
            if (_reported.Add(name))
            {
                findings.WarnForTensor(
                    "module", name, tensors => $"Not written, because no module takes them: {tensors}. A module '{MergeModule.Default}' takes what no other does.");
            }

            return;
        }

        (MergeModule module, string prefix) = _prefixes[first];
        MergeModule? other = Array.Find(_prefixes, item => string.Equals(item.Prefix, prefix, StringComparison.Ordinal) && !ReferenceEquals(item.Module, module)).Module;
        if (other is not null && _reported.Add(name))
        {
            findings.AddForTensor(
                PlanProblemKind.EmptyModule,
                prefix,
                name,
                tensors => $"Modules '{module.Name}' and '{other.Name}' both take {tensors}; tell them apart with 'prefix'.");
        }

        if (!_names.TryGetValue((module.Name, model.Reference), out List<string>? names))
        {
            _names.Add((module.Name, model.Reference), names = []);
        }

        names.Add(name);
    }

    private static string Empty(MergeModule module, OpenModel[] models)
    {
        IEnumerable<string> beginnings = models.SelectMany(model => model.Tensors.Names).Select(Beginning).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        string tried = string.Join(", ", ModulePrefixes.Of(module).Select(prefix => prefix.Length > 0 ? $"'{prefix}'" : "any that is left"));
        return $"Module '{module.Name}' takes no tensor: no name begins with {tried}. Give it a 'prefix'; names of tensors begin with {string.Join(", ", beginnings.Take(12))}.";
    }

    // As much of a name as tells the parts of a model apart: "lm_head", "model.visual".
    private static string Beginning(string name)
    {
        string[] parts = name.Split('.');
        return parts[0] is "model" && parts.Length > 2 ? $"model.{parts[1]}" : parts[0];
    }
}
