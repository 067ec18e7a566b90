namespace ModelAggregation.Merging.Recipes;

/// <summary>Values spread over the layers; numbers are interpolated linearly.</summary>
/// <param name="Values">The values; at least one.</param>
public sealed record GradientParameter(IReadOnlyList<ParameterScalar> Values) : ParameterValue
{
    /// <inheritdoc />
    public override ParameterScalar? Evaluate(string tensorName, double position) => throw new NotSupportedException();
}
