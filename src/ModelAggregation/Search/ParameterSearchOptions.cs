using ModelAggregation.Search.Optimizers;

namespace ModelAggregation.Search;

/// <summary>What a <see cref="ParameterSearch"/> varies, and for how long; the defaults are those of Model-GLUE's evolutionary search.</summary>
public sealed record ParameterSearchOptions
{
    private static readonly string[] OwnParameters = [MergeGenotype.Weight, MergeGenotype.Density];

    /// <summary>Gets what chooses the points to try.</summary>
    /// <value>A <see cref="CmaEsOptimizer"/> by default.</value>
    public Optimizer Optimizer
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = new CmaEsOptimizer();

    /// <summary>Gets how many candidates the optimiser may ask for; known ones and failures count, so that a search that goes on from a journal ends where one in a single piece does.</summary>
    /// <value>At least 1; 200 by default. The models by themselves, and what pruning tries, come on top; <see cref="SearchOptions.MaxEvaluations"/> bounds it all.</value>
    public int Evaluations
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 200;

    /// <summary>Gets the seed of the optimiser.</summary>
    /// <value>42 by default.</value>
    public ulong Seed { get; init; } = 42;

    /// <summary>Gets the range of the models' weights.</summary>
    /// <value>0 to 1 by default.</value>
    public SearchRange Weights { get; init; } = new(0, 1);

    /// <summary>Gets what becomes of the numbers drawn for weights.</summary>
    /// <value><see cref="WeightParametrization.Normalized"/> by default.</value>
    public WeightParametrization Parametrization { get; init; }

    /// <summary>Gets the range of the models' densities, for methods such as <c>ties</c> and <c>dare_ties</c>.</summary>
    /// <value>Null by default: they are not searched, and are what <see cref="SearchOptions.Parameters"/> says.</value>
    /// <remarks>Each model has one density, whatever the number of <see cref="LayerGroups"/>.</remarks>
    public SearchRange? Densities { get; init; }

    /// <summary>Gets the ranges of the method's parameters that are searched beside, such as <c>lambda</c>, by name.</summary>
    /// <value>Empty by default. Not <c>weight</c> and <c>density</c>, which have properties of their own.</value>
    public IReadOnlyDictionary<string, SearchRange> Parameters
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            if (Array.Find(OwnParameters, value.ContainsKey) is { } own)
            {
                throw new ArgumentException($"'{own}' is no further parameter: set {nameof(Weights)} or {nameof(Densities)}.", nameof(value));
            }

            // In the order of their names, so that a search does not depend on how the dictionary was filled.
            field = new SortedDictionary<string, SearchRange>(value.ToDictionary(StringComparer.Ordinal), StringComparer.Ordinal);
        }
    } = new SortedDictionary<string, SearchRange>(StringComparer.Ordinal);

    /// <summary>Gets how many groups of neighbouring layers have weights of their own.</summary>
    /// <value>
    /// At least 1; 1 by default: each model has one weight. With g above 1, the layers are divided into g groups that differ by one layer at most, and what is outside of the layers, embedding,
    /// head and last norm, is one more group. There are not more groups than layers.
    /// </value>
    public int LayerGroups
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 1;

    /// <summary>Gets the level at which a model must make the best merge better in order to stay in it: the lower end of the interval of its gain, paired over the examples, must be above zero.</summary>
    /// <value>In (0, 1); 0.99 by default, as the merge is the best of many. Null: any gain will do, as it has to where the evaluator tells no outcomes of examples.</value>
    /// <remarks>
    /// The best of many candidates is better than it is worth: without a level, a small weight of a harmful model stays wherever it happens to be right about an example. <see cref="SearchOptions.Confidence"/>
    /// and <see cref="SearchOptions.MinimumGain"/> are asked for beside.
    /// </remarks>
    public double? PruningConfidence
    {
        get;
        init
        {
            if (value is { } level && !(level is > 0 and < 1))
            {
                throw new ArgumentOutOfRangeException(nameof(value), value, "A level is in (0, 1).");
            }

            field = value;
        }
    } = 0.99;
}
