namespace ModelAggregation.Mixture;

/// <summary>An expert of a mixture.</summary>
public sealed record MixtureExpert
{
    /// <summary>Creates an expert.</summary>
    /// <param name="model">The reference of its model.</param>
    public MixtureExpert(string model)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        Model = model;
    }

    /// <summary>Gets the reference of its model (<c>source_model</c>).</summary>
    public string Model { get; }

    /// <summary>Gets what the router is to send to it (<c>positive_prompts</c>).</summary>
    /// <value>Empty by default.</value>
    public IReadOnlyList<string> PositivePrompts { get; init => field = [.. value]; } = [];

    /// <summary>Gets what the router is not to send to it (<c>negative_prompts</c>).</summary>
    /// <value>Empty by default.</value>
    public IReadOnlyList<string> NegativePrompts { get; init => field = [.. value]; } = [];

    /// <summary>Gets the deviation of the normal noise that is added to its feed-forward weights (<c>noise_scale</c>).</summary>
    /// <value>0 by default; not negative.</value>
    public double NoiseScale { get; init => field = value >= 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A deviation is not negative and finite."); }

    /// <summary>Gets the factor of what its feed-forward blocks add to the residual stream, which its down projections are multiplied by (<c>residual_scale</c>).</summary>
    /// <value>1 by default; finite.</value>
    public double ResidualScale { get; init => field = double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A factor is finite."); } = 1;

    /// <summary>Compares everything that is said of the experts.</summary>
    /// <param name="other">Another expert.</param>
    public bool Equals(MixtureExpert? other) =>
        other is not null
        && string.Equals(Model, other.Model, StringComparison.Ordinal)
        && PositivePrompts.SequenceEqual(other.PositivePrompts, StringComparer.Ordinal)
        && NegativePrompts.SequenceEqual(other.NegativePrompts, StringComparer.Ordinal)
        && NoiseScale.Equals(other.NoiseScale)
        && ResidualScale.Equals(other.ResidualScale);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Model, PositivePrompts.Count, NegativePrompts.Count, NoiseScale, ResidualScale);
}
