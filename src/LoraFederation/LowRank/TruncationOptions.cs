namespace LoraFederation.LowRank;

/// <summary>How many components of a sum are kept: the fewest that hold a share of its energy, between two bounds.</summary>
public sealed record TruncationOptions
{
    /// <summary>Gets the share of the energy, <c>Σ σ²</c>, that is kept: the smallest p with <c>σ_1² + … + σ_p² ≥ energy · Σ σ²</c>.</summary>
    /// <value>In (0, 1]; 1 by default: all components that are not zero.</value>
    /// <remarks>The threshold τ of FLoRIST (arXiv 2506.09199), section 4.</remarks>
    public double Energy
    {
        get;
        init
        {
            EnergyRule.Check(value);
            field = value;
        }
    } = 1;

    /// <summary>Gets the fewest components to keep, where there are so many.</summary>
    /// <value>Not negative; 1 by default.</value>
    public int MinimumRank
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    } = 1;

    /// <summary>Gets the most components to keep; where it is below <see cref="MinimumRank"/> it wins.</summary>
    /// <value>Not negative; unbounded by default.</value>
    public int MaximumRank
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    } = int.MaxValue;

    /// <summary>Gets how the components are found.</summary>
    /// <value><see cref="SvdMethod.Auto"/> by default.</value>
    public SvdMethod Method { get; init; }

    /// <summary>Chooses the number of components for singular values.</summary>
    /// <param name="singularValues">The values that are not zero, in descending order.</param>
    internal int RankFor(IReadOnlyList<double> singularValues) =>
        Math.Min(singularValues.Count, Math.Min(MaximumRank, Math.Max(MinimumRank, EnergyRule.RankFor(singularValues, Energy))));
}
