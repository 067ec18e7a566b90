using ModelAggregation.Merging.Recipes;

namespace ModelAggregation.Glue;

/// <summary>A merge that is tried beside the searches: a method with its parameters, over the models that some search kept, the family's base apart, each of weight 1.</summary>
public sealed record GlueCandidate
{
    /// <summary>Creates a candidate.</summary>
    /// <param name="method">The method (<c>merge_method</c>), such as <c>task_arithmetic</c>. One that needs a base is left out in families that have none.</param>
    public GlueCandidate(string method)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(method);
        Method = method;
    }

    /// <summary>Gets the method.</summary>
    public string Method { get; }

    /// <summary>Gets the method's parameters (<c>parameters</c>), such as <c>lambda</c> and <c>density</c>.</summary>
    public ParameterSet Parameters
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = ParameterSet.Empty;

    /// <summary>Gets the name in tables: the method with its parameters.</summary>
    public string Name => Parameters.Count == 0 ? Method : $"{Method} {string.Join(", ", Parameters.Select(parameter => $"{parameter.Key} {Describe(parameter.Value)}"))}";

    private static string Describe(ParameterValue value) => value switch
    {
        ScalarParameter scalar => scalar.ToString(),
        GradientParameter gradient => $"[{string.Join(", ", gradient.Values)}]",
        _ => "by name",
    };
}
