namespace ModelAggregation.Merging.Recipes;

/// <summary>Values spread over the layers; numbers are interpolated linearly, other values step.</summary>
public sealed record GradientParameter : ParameterValue
{
    private readonly bool _isNumeric;

    /// <summary>Creates a gradient.</summary>
    /// <param name="values">The values; at least one.</param>
    /// <exception cref="ArgumentException">There is no value.</exception>
    public GradientParameter(IReadOnlyList<ParameterScalar> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Count == 0)
        {
            throw new ArgumentException("A gradient needs at least one value.", nameof(values));
        }

        Values = [.. values];
        _isNumeric = Values.All(value => value.Kind == ParameterKind.Number);
    }

    /// <summary>Gets the values, the first for the first layer, the last for the last.</summary>
    public IReadOnlyList<ParameterScalar> Values { get; }

    /// <inheritdoc />
    /// <remarks>
    /// With n values, <c>s = position·(n-1)</c> and <c>i = floor(s)</c>: <c>(1 - (s-i))·v[i] + (s-i)·v[min(i+1, n-1)]</c>;
    /// <c>v[i]</c> when they are not numbers.
    /// </remarks>
    public override ParameterScalar? Evaluate(string tensorName, double position)
    {
        double scaled = Math.Clamp(position, 0, 1) * (Values.Count - 1);
        int index = (int)scaled;
        double fraction = scaled - index;
        if (!_isNumeric || fraction == 0)
        {
            return Values[index];
        }

        return ((1 - fraction) * Values[index].ToNumber()) + (fraction * Values[Math.Min(index + 1, Values.Count - 1)].ToNumber());
    }

    /// <summary>Compares the values.</summary>
    /// <param name="other">Another gradient.</param>
    public bool Equals(GradientParameter? other) => other is not null && Values.SequenceEqual(other.Values);

    /// <inheritdoc />
    public override int GetHashCode() => Values.Aggregate(0, HashCode.Combine);

    /// <summary>Writes the values as YAML does.</summary>
    public override string ToString() => $"[{string.Join(", ", Values)}]";
}
