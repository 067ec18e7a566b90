using ModelAggregation.Merging.Recipes;

namespace ModelAggregation.Search;

/// <summary>
/// Turns points of the unit box into merges. The coordinates are, in this order: for each group of layers the weights of all models; with more than one group, their weights outside of the layers;
/// the models' densities; the method's other parameters.
/// </summary>
internal sealed class MergeGenotype
{
    public const string Weight = "weight";
    public const string Density = "density";

    // A sum that is only the rounding of its terms is zero, as the linear method has it.
    private const double SmallestSum = 1e-12;

    private readonly SearchContext _context;
    private readonly ParameterSearchOptions _options;
    private readonly LayerGroups[] _groups;

    /// <summary>Lays out the coordinates.</summary>
    /// <exception cref="SearchException">There are more groups than layers.</exception>
    public MergeGenotype(SearchContext context, IReadOnlyList<string> models, ParameterSearchOptions options)
    {
        _context = context;
        _options = options;
        Models = models;
        _groups = options.LayerGroups > 1 ? [.. models.Select(model => LayerGroups.Of(context.Zoo[model], options.LayerGroups))] : [];
    }

    /// <summary>Gets the models, in the order of the zoo.</summary>
    public IReadOnlyList<string> Models { get; }

    /// <summary>Gets the number of coordinates.</summary>
    public int Dimensions => (Models.Count * (GroupCount + (_options.Densities is null ? 0 : 1))) + _options.Parameters.Count;

    private int GroupCount => _options.LayerGroups > 1 ? _options.LayerGroups + 1 : 1;

    /// <summary>Makes the merge of a point.</summary>
    /// <param name="point">The point.</param>
    /// <param name="isKept">Says which models take part; the others' coordinates are of no account.</param>
    public SearchCandidate Decode(double[] point, Func<string, bool> isKept)
    {
        int[] kept = [.. Enumerable.Range(0, Models.Count).Where(index => isKept(Models[index]))];
        double[][] weights = [.. Enumerable.Range(0, GroupCount).Select(group => Weights(point, group, kept))];

        // A model without any weight is left out, unless that leaves none: what a merge without weights is, the method says.
        int[] used = Array.TrueForAll(weights, group => Array.TrueForAll(group, weight => weight == 0))
            ? kept
            : [.. kept.Where((_, column) => !Array.TrueForAll(weights, group => group[column] == 0))];
        ModelShare[] shares = [.. used.Select(index => new ModelShare(Models[index], weights.Average(group => group[Array.IndexOf(kept, index)])))];
        if (used.Length == 1 && _context.Options.Base is null)
        {
            return new SearchCandidate(_context.ToRecipe(new ModelShare(shares[0].Model, 1)), [shares[0] with { Weight = 1 }]);
        }

        MergeModel[] models = [.. used.Select(index => new MergeModel(Models[index], Parameters(point, index, [.. weights.Select(group => group[Array.IndexOf(kept, index)])])))];
        return new SearchCandidate(_context.ToRecipe(models, Parameters(point)), shares);
    }

    private double[] Weights(double[] point, int group, int[] kept)
    {
        double[] drawn = [.. kept.Select(index => _options.Weights.At(point[(group * Models.Count) + index]))];
        if (_options.Parametrization is WeightParametrization.Softmax)
        {
            // From the largest, so that no power overflows.
            double largest = drawn.Max();
            drawn = [.. drawn.Select(logit => Math.Exp(logit - largest))];
        }

        double sum = drawn.Sum();
        return _options.Parametrization is WeightParametrization.Raw || Math.Abs(sum) <= SmallestSum * drawn.Sum(Math.Abs) ? drawn : [.. drawn.Select(weight => weight / sum)];
    }

    private ParameterSet Parameters(double[] point, int index, IReadOnlyList<double> weights)
    {
        ParameterSet parameters = ParameterSet.Empty.With(Weight, weights.Count == 1 ? weights[0] : _groups[index].ToSetting(weights));
        return _options.Densities is { } densities ? parameters.With(Density, densities.At(point[(Models.Count * GroupCount) + index])) : parameters;
    }

    private ParameterSet Parameters(double[] point)
    {
        ParameterSet parameters = _context.Options.Parameters;
        int place = point.Length - _options.Parameters.Count;
        foreach ((string name, SearchRange range) in _options.Parameters)
        {
            parameters = parameters.With(name, range.At(point[place++]));
        }

        return parameters;
    }
}
