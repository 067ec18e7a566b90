using ModelAggregation.Merging.Recipes;

namespace ModelAggregation.Merging;

/// <summary>The definition of a parameter of a merge method.</summary>
/// <param name="Name">The name in recipes, such as <c>density</c>.</param>
/// <param name="Kind">What its values are.</param>
/// <param name="Default">The default, or null when the parameter is required, or absent unless given (<see cref="IsOptional"/>).</param>
public sealed record MergeParameter(string Name, ParameterKind Kind, ParameterScalar? Default = null)
{
    /// <summary>Gets whether each model has its own value. Its filters then see the model's tensor name, otherwise the output's.</summary>
    /// <value>False by default.</value>
    public bool PerModel { get; init; }

    /// <summary>Gets whether the parameter may be left out although it has no default. A required parameter is not demanded of the base model of a method that needs one.</summary>
    /// <value>False by default.</value>
    public bool IsOptional { get; init; }

    /// <summary>Gets the smallest number allowed.</summary>
    /// <value>Negative infinity by default; NaN and infinities are never allowed as values.</value>
    public double Minimum { get; init; } = double.NegativeInfinity;

    /// <summary>Gets whether <see cref="Minimum"/> itself is refused.</summary>
    /// <value>False by default.</value>
    public bool MinimumIsExclusive { get; init; }

    /// <summary>Gets the largest number allowed.</summary>
    /// <value>Positive infinity by default.</value>
    public double Maximum { get; init; } = double.PositiveInfinity;

    /// <summary>Gets the words allowed, for a <see cref="ParameterKind.Text"/> parameter.</summary>
    /// <value>Empty by default.</value>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Gets one sentence on what the parameter does, for listings and error messages.</summary>
    public string Summary { get; init; } = string.Empty;
}
