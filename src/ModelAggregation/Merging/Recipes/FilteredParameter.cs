namespace ModelAggregation.Merging.Recipes;

/// <summary>Settings with name filters.</summary>
/// <param name="Cases">The settings, the first that fits applies.</param>
public sealed record FilteredParameter(IReadOnlyList<ParameterCase> Cases) : ParameterValue
{
    /// <inheritdoc />
    public override ParameterScalar? Evaluate(string tensorName, double position) => throw new NotSupportedException();
}
