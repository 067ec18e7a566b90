using ModelAggregation.Search;

namespace ModelAggregation.Glue;

/// <summary>A way to search a family for its best merge, with what differs for it from <see cref="GlueSearch"/>.</summary>
public sealed record GlueStrategy
{
    /// <summary>The names of the heuristics: those of their <see cref="MergeStrategy.Name"/>.</summary>
    private static readonly string[] Heuristics = ["average", "coefficient", "most-alike", "least-alike"];

    /// <summary>Creates one of the heuristics.</summary>
    /// <param name="name">The name: <c>average</c>, <c>coefficient</c>, <c>most-alike</c> or <c>least-alike</c>.</param>
    /// <exception cref="ArgumentException">There is no such strategy.</exception>
    public GlueStrategy(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Name = Names.Contains(name, StringComparer.Ordinal)
            ? name
            : throw new ArgumentException($"There is no strategy '{name}'; there are {string.Join(", ", Names)}.{Merging.NearestName.Suggest(name, Names)}", nameof(name));
    }

    /// <summary>Gets the names of all strategies.</summary>
    public static IReadOnlyList<string> Names => Heuristics;

    /// <summary>Gets the name.</summary>
    public string Name { get; }

    /// <summary>Gets the confidence that a gain needs (<c>confidence</c>); see <see cref="SearchOptions.Confidence"/>.</summary>
    /// <value>Null by default: that of <see cref="GlueSearch"/>.</value>
    public double? Confidence
    {
        get;
        init => field = value is null or (> 0 and < 1) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A level is in (0, 1).");
    }

    /// <summary>Makes a heuristic of its name.</summary>
    /// <param name="name">The name.</param>
    public static implicit operator GlueStrategy(string name) => FromName(name);

    /// <summary>Makes a heuristic of its name.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="ArgumentException">There is no such strategy.</exception>
    public static GlueStrategy FromName(string name) => new(name);
}
