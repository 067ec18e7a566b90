using ModelAggregation.Merging.Recipes;
using ModelAggregation.Search;

namespace ModelAggregation.Glue;

/// <summary>How each family of a zoo is searched for its best merge.</summary>
public sealed record GlueSearch
{
    /// <summary>The word for a base that is found among the family's models.</summary>
    public const string Auto = "auto";

    // Checked where the search options are made; kept as given for the file.
    private static readonly IReadOnlyList<double> Tenths = new SearchOptions().Coefficients;

    /// <summary>Gets the strategies (<c>strategies</c>); all of them are tried, and the proxy set decides.</summary>
    /// <value>Model-GLUE's heuristics by default: average, coefficient, and similarity both ways. At least one.</value>
    public IReadOnlyList<GlueStrategy> Strategies
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            ArgumentOutOfRangeException.ThrowIfZero(value.Count, nameof(value));
            field = [.. value];
        }
    } = ["average", "coefficient", "most-alike", "least-alike"];

    /// <summary>Gets the merge method of the strategies (<c>merge_method</c>).</summary>
    /// <value><c>linear</c> by default, as in Model-GLUE.</value>
    public string Method
    {
        get;
        init
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(value);
            field = value;
        }
    } = "linear";

    /// <summary>Gets the method's other parameters (<c>parameters</c>).</summary>
    public ParameterSet Parameters
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = ParameterSet.Empty;

    /// <summary>Gets the base models (<c>base</c>): a family's is the one that is of it, or, of models outside the zoo, of its architecture.</summary>
    /// <value>
    /// Empty by default: families have none. <see cref="Auto"/> alone is the model that is most alike to the others on average, where a family has three models or more: what was
    /// trained from a model is nearer to it than to what else was trained from it.
    /// </value>
    public IReadOnlyList<string> Bases
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            if (value.Any(string.IsNullOrWhiteSpace) || (value.Count > 1 && value.Contains(Auto, StringComparer.Ordinal)))
            {
                throw new ArgumentException($"Bases are references of models, or '{Auto}' alone.", nameof(value));
            }

            field = [.. value];
        }
    } = [];

    /// <summary>Gets the level at which a gain must be above the least gain (<c>confidence</c>); see <see cref="SearchOptions.Confidence"/>.</summary>
    /// <value>Null by default.</value>
    public double? Confidence
    {
        get;
        init => field = new SearchOptions { Confidence = value }.Confidence;
    }

    /// <summary>Gets the least gain for which a model is taken in (<c>minimum_gain</c>); see <see cref="SearchOptions.MinimumGain"/>.</summary>
    /// <value>0 by default; not negative.</value>
    public double MinimumGain
    {
        get;
        init => field = new SearchOptions { MinimumGain = value }.MinimumGain;
    }

    /// <summary>Gets the weights that what is merged so far is tried with (<c>coefficients</c>); see <see cref="SearchOptions.Coefficients"/>.</summary>
    /// <value>0.1, 0.2 … 0.9 by default; each in (0, 1), none twice.</value>
    public IReadOnlyList<double> Coefficients
    {
        get;
        init => field = new SearchOptions { Coefficients = value }.Coefficients;
    } = Tenths;

    /// <summary>Gets how many merges a strategy may score in a family (<c>max_evaluations</c>); see <see cref="SearchOptions.MaxEvaluations"/>.</summary>
    /// <value>Null by default: as many as it likes. At least 1.</value>
    public int? MaxEvaluations
    {
        get;
        init => field = new SearchOptions { MaxEvaluations = value }.MaxEvaluations;
    }

    /// <summary>Gets how many merges are evaluated at a time (<c>workers</c>); each is a model in memory.</summary>
    /// <value>1 by default; at least 1. It changes no result.</value>
    public int Workers
    {
        get;
        init => field = new SearchOptions { Workers = value }.Workers;
    } = 1;

    /// <summary>Gets what happens when a merge or its evaluation fails (<c>failures</c>: leave_out, stop).</summary>
    /// <value><see cref="FailurePolicy.LeaveOut"/> by default.</value>
    public FailurePolicy Failures { get; init; }
}
