namespace ModelAggregation.Merging.Recipes;

/// <summary>Settings with name filters.</summary>
public sealed record FilteredParameter : ParameterValue
{
    /// <summary>Creates a list of settings.</summary>
    /// <param name="cases">The settings, the first that fits applies; at least one.</param>
    /// <exception cref="ArgumentException">There is no setting.</exception>
    public FilteredParameter(IReadOnlyList<ParameterCase> cases)
    {
        ArgumentNullException.ThrowIfNull(cases);
        if (cases.Count == 0)
        {
            throw new ArgumentException("A list of settings needs at least one.", nameof(cases));
        }

        Cases = [.. cases];
    }

    /// <summary>Gets the settings in order.</summary>
    public IReadOnlyList<ParameterCase> Cases { get; }

    /// <inheritdoc />
    public override ParameterScalar? Evaluate(string tensorName, double position)
    {
        ArgumentNullException.ThrowIfNull(tensorName);
        return Cases.FirstOrDefault(item => item.Fits(tensorName))?.Value.Evaluate(tensorName, position);
    }

    /// <summary>Compares the settings.</summary>
    /// <param name="other">Another list.</param>
    public bool Equals(FilteredParameter? other) => other is not null && Cases.SequenceEqual(other.Cases);

    /// <inheritdoc />
    public override int GetHashCode() => Cases.Aggregate(0, HashCode.Combine);

    /// <summary>Writes the settings, such as <c>{mlp: 0.5, *: 1}</c>.</summary>
    public override string ToString() => $"{{{string.Join(", ", Cases)}}}";
}
