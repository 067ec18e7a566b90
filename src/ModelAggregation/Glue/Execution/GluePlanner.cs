using Microsoft.Extensions.Logging;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelAggregation.Zoo;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Glue.Execution;

/// <summary>Checks a recipe, all of it at once, and estimates what it takes.</summary>
internal sealed partial class GluePlanner
{
    private readonly GlueRecipe _recipe;
    private readonly GlueServices _services;
    private readonly MergeMethodRegistry _methods;
    private readonly string _folder;
    private readonly List<string> _problems = [];
    private readonly List<string> _warnings = [];

    private GluePlanner(GlueRecipe recipe, GlueServices services)
    {
        _recipe = recipe;
        _services = services;
        _methods = services.Methods ?? MergeMethodRegistry.CreateDefault();
        _folder = Path.TrimEndingDirectorySeparator(recipe.Resolve(recipe.Output));
    }

    /// <summary>Plans a recipe.</summary>
    /// <exception cref="GlueException">The recipe cannot be carried out; the error lists every problem.</exception>
    public static PreparedGlue Plan(GlueRecipe recipe, GlueServices services, CancellationToken cancellationToken) => new GluePlanner(recipe, services).Plan(cancellationToken);

    private PreparedGlue Plan(CancellationToken cancellationToken)
    {
        CheckOutput();
        CheckNames();
        ModelZoo? zoo = OpenZoo();
        GlueEvaluators? evaluators = GlueEvaluators.Create(_recipe, _services, _problems);
        CheckMethods();
        CheckMixtures(evaluators, zoo);
        if (zoo is null)
        {
            throw new GlueException(_problems);
        }

        CheckBases(zoo);
        ModelMerger merger = new(zoo.Resolver, _methods, _services.Logging.CreateLogger<ModelMerger>(), _services.Time);
        string[][] architectures = [.. zoo.Models.GroupBy(model => model.ArchitectureKey, model => model.Name, StringComparer.Ordinal).Select(group => group.ToArray())];
        GluePlan plan = Estimate(zoo, architectures, merger, cancellationToken);
        return _problems.Count > 0 || evaluators is null ? throw new GlueException(_problems) : new PreparedGlue(plan, zoo, evaluators, _methods, merger);
    }

    private void CheckOutput()
    {
        if (File.Exists(_folder))
        {
            _problems.Add($"The output '{_folder}' is a file; it is to be a folder.");
        }
        else if (!GlueFolder.IsFree(_folder))
        {
            _problems.Add($"The output folder '{_folder}' is not empty, and what is there is no run of a pipeline: choose another folder.");
        }

        if (_recipe.Zoo.Folder is { } zoo && ModelFolders.Contains(_recipe.Resolve(zoo), _folder))
        {
            _problems.Add($"The output folder '{_folder}' is in the zoo's, whose models would be joined by what is written there: choose another folder.");
        }
    }

    private void CheckNames()
    {
        Twice(_recipe.Search.Strategies.Select(GlueRecipes.Name), "strategy");
        Twice(_recipe.Candidates.Select(candidate => candidate.Name), "candidate");
        Twice(_recipe.Mixtures.Select(MixtureName.Of), "mixture");

        void Twice(IEnumerable<string> names, string what) =>
            _problems.AddRange(names.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).Where(group => group.Skip(1).Any()).Select(group => $"The {what} '{group.Key}' is given twice.{(what is "strategy" ? " Give one a 'label'." : string.Empty)}"));
    }

    private ModelZoo? OpenZoo()
    {
        try
        {
            ModelZoo? zoo = _recipe.Zoo.Folder is { } folder ? Scan(_recipe.Resolve(folder)) : Open();
            if (zoo is { Models.Count: 0 })
            {
                _problems.Add($"The zoo '{_recipe.Zoo.Folder}' has no model that can be opened.");
                return null;
            }

            _problems.AddRange(
                zoo?.Models.Where(model => !model.IsIdentified).Select(model => $"Model '{model.Name}' is not files alone, so that nobody could tell later whether it is the same: merge its adapter into it first, and name that folder.") ?? []);
            return zoo;
        }
        catch (Exception error) when (error is ModelDataException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            _problems.Add($"The zoo cannot be opened: {error.Message}");
            return null;
        }
    }

    private ModelZoo? Scan(string folder)
    {
        ModelZoo zoo = ModelZoo.Scan(folder);
        _warnings.AddRange(zoo.Unreadable.Select(model => $"'{model.Name}' cannot be opened and takes part in nothing: {model.Error.Message}"));
        if (_recipe.Zoo.Models.Count == 0)
        {
            return zoo;
        }

        string[] missing = [.. _recipe.Zoo.Models.Where(name => !zoo.Models.Any(model => string.Equals(model.Name, name, StringComparison.Ordinal)))];
        foreach (string name in missing)
        {
            _problems.Add($"The zoo '{_recipe.Zoo.Folder}' has no model '{name}'.{NearestName.Suggest(name, zoo.Models.Select(model => model.Name))}");
        }

        return missing.Length > 0 ? null : zoo.Select(_recipe.Zoo.Models.Distinct(StringComparer.Ordinal));
    }

    private ModelZoo? Open()
    {
        ModelResolver resolver = new(new ModelResolverOptions { BaseFolders = [Path.GetFullPath(_recipe.Folder), "."] });
        int before = _problems.Count;
        foreach (string reference in _recipe.Zoo.Models)
        {
            try
            {
                using TensorSet model = resolver.Open(reference);
            }
            catch (ModelDataException error)
            {
                _problems.Add(error.Message);
            }
        }

        return _problems.Count > before ? null : ModelZoo.Open(_recipe.Zoo.Models, resolver);
    }

    private void CheckMethods()
    {
        foreach (string name in _recipe.Candidates.Select(candidate => candidate.Method).Concat(_recipe.Search.Strategies.Select(strategy => strategy.Method).OfType<string>()).Prepend(_recipe.Search.Method).Distinct(StringComparer.Ordinal))
        {
            if (!_methods.TryGet(name, out MergeMethod? method))
            {
                _problems.Add($"There is no merge method '{name}'.{NearestName.Suggest(name, _methods.Methods.Select(item => item.Name))}");
            }
            else if (method.BaseModel is BaseModelRole.Required && _recipe.Search.Bases.Count == 0)
            {
                _problems.Add($"The merge method '{name}' needs a base: give 'base' in 'search', such as 'base: {GlueSearch.Auto}'.");
            }
        }
    }

    private void CheckBases(ModelZoo zoo)
    {
        foreach (string reference in _recipe.Search.Bases.Concat(_recipe.Similarity.Base is { } subtracted ? [subtracted] : []).Where(reference => !IsAuto(reference)))
        {
            try
            {
                using TensorSet model = zoo.Resolver.Open(reference);
            }
            catch (ModelDataException error)
            {
                _problems.Add($"The base '{reference}' cannot be opened: {error.Message}");
            }
        }
    }

    private static bool IsAuto(string reference) => string.Equals(reference, GlueSearch.Auto, StringComparison.Ordinal);
}
