namespace ModelAggregation.Merging.Recipes;

/// <summary>The same value for every tensor.</summary>
/// <param name="Value">The value.</param>
public sealed record ScalarParameter(ParameterScalar Value) : ParameterValue
{
    /// <inheritdoc />
    public override ParameterScalar? Evaluate(string tensorName, double position) => Value;

    /// <summary>Writes the value as YAML does.</summary>
    public override string ToString() => Value.ToString();
}
