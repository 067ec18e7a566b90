using ModelAggregation.Merging.Recipes;
using ModelAggregation.Search;
using ModelAggregation.Search.Optimizers;

namespace ModelAggregation.Glue;

/// <summary>A way to search a family for its best merge, with what differs for it from <see cref="GlueSearch"/>.</summary>
public sealed record GlueStrategy
{
    private static readonly string[] Heuristics = ["average", "coefficient", "most-alike", "least-alike"];
    private static readonly string[] Optimizers = ["cma-es", "random", "grid", "nelder-mead"];

    /// <summary>Creates a strategy.</summary>
    /// <param name="name">The name: <c>average</c>, <c>coefficient</c>, <c>most-alike</c> or <c>least-alike</c> of the heuristics, <c>cma-es</c>, <c>random</c>, <c>grid</c> or <c>nelder-mead</c> of the optimisers.</param>
    /// <exception cref="ArgumentException">There is no such strategy.</exception>
    public GlueStrategy(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Name = Names.Contains(name, StringComparer.Ordinal)
            ? name
            : throw new ArgumentException($"There is no strategy '{name}'; there are {string.Join(", ", Names)}.{Merging.NearestName.Suggest(name, Names)}", nameof(name));
    }

    /// <summary>Gets the names of all strategies.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Heuristics, .. Optimizers];

    /// <summary>Gets the name.</summary>
    public string Name { get; }

    /// <summary>Gets the name in tables (<c>label</c>), by which two strategies of one name are told apart.</summary>
    /// <value>Null by default: the name, with the method and the confidence where it has its own.</value>
    public string? Label
    {
        get;
        init
        {
            if (value is not null)
            {
                ArgumentException.ThrowIfNullOrWhiteSpace(value);
            }

            field = value;
        }
    }

    /// <summary>Gets whether it is an optimiser over weights and parameters, and not a heuristic.</summary>
    public bool IsOptimizer => Optimizers.Contains(Name, StringComparer.Ordinal);

    /// <summary>Gets the confidence that a gain needs (<c>confidence</c>); see <see cref="SearchOptions.Confidence"/>.</summary>
    /// <value>Null by default: that of <see cref="GlueSearch"/>.</value>
    public double? Confidence
    {
        get;
        init => field = value is null or (> 0 and < 1) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A level is in (0, 1).");
    }

    /// <summary>Gets the merge method (<c>merge_method</c>).</summary>
    /// <value>Null by default: that of <see cref="GlueSearch"/>, with its parameters.</value>
    public string? Method
    {
        get;
        init
        {
            if (value is not null)
            {
                ArgumentException.ThrowIfNullOrWhiteSpace(value);
            }

            field = value;
        }
    }

    /// <summary>Gets the other parameters of <see cref="Method"/> (<c>parameters</c>), where one is given.</summary>
    public ParameterSet Parameters
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = ParameterSet.Empty;

    /// <summary>Gets what an optimiser varies, and for how long: <c>evaluations</c>, <c>weights</c>, <c>parametrization</c>, <c>densities</c>, <c>ranges</c> of further parameters, <c>layer_groups</c>. Optimiser and seed are the strategy's and the recipe's.</summary>
    public ParameterSearchOptions Variation
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = new();

    /// <summary>Gets the settings of CMA-ES: <c>population</c>, <c>step_size</c>, <c>restarts</c>.</summary>
    public CmaEsOptions Evolution
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = new();

    /// <summary>Gets the number of values of each coordinate of a grid (<c>levels</c>).</summary>
    /// <value>5 by default; at least 2.</value>
    public int Levels
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 2);
            field = value;
        }
    } = 5;

    /// <summary>Makes a strategy of its name.</summary>
    /// <param name="name">The name.</param>
    public static implicit operator GlueStrategy(string name) => FromName(name);

    /// <summary>Makes a strategy of its name.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="ArgumentException">There is no such strategy.</exception>
    public static GlueStrategy FromName(string name) => new(name);
}
