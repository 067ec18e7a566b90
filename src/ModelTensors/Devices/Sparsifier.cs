namespace ModelTensors.Devices;

/// <summary>Which elements of a task vector are kept; the others count as zero.</summary>
public abstract record Sparsifier
{
    private protected Sparsifier()
    {
    }

    /// <summary>Gets the sparsifier that keeps every element.</summary>
    public static Sparsifier KeepAll { get; } = new KeepAllSparsifier();

    /// <summary>Gets the inputs that decide, besides the task vector's own.</summary>
    internal virtual IReadOnlyList<int> Inputs => [];

    /// <summary>Keeps the elements of a selection.</summary>
    /// <param name="selection">A selection of the same session and origin; by magnitude, of the same input.</param>
    public static Sparsifier KeepSelected(ElementSelection selection) => new KeepSelectedSparsifier(selection);

    /// <summary>Keeps the elements of a selection that are not in a smaller one: the middle between two ranks.</summary>
    /// <remarks>Ties are decided alike in both, so the smaller selection lies in the larger one, and exactly the difference of their counts is kept.</remarks>
    /// <param name="outer">A selection of the same session and origin.</param>
    /// <param name="inner">Another by the same key and tie rule, of no more elements.</param>
    /// <exception cref="ArgumentException">The keys differ, or <paramref name="inner"/> is the larger one.</exception>
    public static Sparsifier KeepBetween(ElementSelection outer, ElementSelection inner)
    {
        ArgumentNullException.ThrowIfNull(outer);
        ArgumentNullException.ThrowIfNull(inner);
        return outer.Key == inner.Key && inner.Kept <= outer.Kept
            ? new KeepBetweenSparsifier(outer, inner)
            : throw new ArgumentException("The inner selection has to be one by the same key and of no more elements.", nameof(inner));
    }

    /// <summary>Keeps the elements whose key is at least a threshold.</summary>
    /// <param name="key">What is compared.</param>
    /// <param name="threshold">The smallest key kept, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The threshold is negative or NaN.</exception>
    public static Sparsifier KeepAtLeast(SelectionKey key, float threshold)
    {
        ArgumentNullException.ThrowIfNull(key);
        return threshold >= 0
            ? new KeepAtLeastSparsifier(key, threshold)
            : throw new ArgumentOutOfRangeException(nameof(threshold), threshold, "Keys are not negative, and no threshold is.");
    }

    /// <summary>Keeps each element with the same probability, independently, by its <see cref="Philox"/> draw.</summary>
    /// <param name="key">The key of the draws.</param>
    /// <param name="density">The probability, in (0, 1]; see <see cref="EffectiveDensity"/>.</param>
    public static Sparsifier KeepRandom(PhiloxKey key, double density) => new KeepRandomSparsifier(key, DrawLimit(density));

    /// <summary>
    /// Keeps each element with a probability that rises with the rank of its magnitude in its row, by its <see cref="Philox"/> draw (Deep et al. 2024,
    /// "DELLA-Merging", section 3.1): <c>(density − epsilon) + 2·epsilon·rank / (length − 1)</c>; in a row of one element the density.
    /// </summary>
    /// <remarks>
    /// Draws have 16 bits, so a probability is computed in float and rounded to a multiple of 2⁻¹⁶, at least 2⁻¹⁶. Rows are those of <see cref="TensorSession.RankRows"/>. Cannot be
    /// used in one pass with <see cref="KeepSelected"/>.
    /// </remarks>
    /// <param name="key">The key of the draws.</param>
    /// <param name="density">The mean probability, in (0, 1).</param>
    /// <param name="epsilon">How far the probability falls below and rises above the density; density ± epsilon is in (0, 1).</param>
    /// <param name="rescale">Whether each element that is kept is divided by its probability, so that its expectation stays what it was.</param>
    public static Sparsifier KeepByRank(PhiloxKey key, double density, double epsilon, bool rescale = false)
    {
        double margin = Math.Abs(epsilon);
        return density - margin > 0 && density + margin < 1
            ? new KeepByRankSparsifier(key, density, epsilon, rescale)
            : throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, $"Density {density} plus and minus epsilon is in (0, 1).");
    }

    /// <summary>Returns the probability that <see cref="KeepRandom"/> really uses: draws have 16 bits, so it is a multiple of 2⁻¹⁶, at least 2⁻¹⁶.</summary>
    /// <param name="density">The probability asked for, in (0, 1].</param>
    public static double EffectiveDensity(double density) => DrawLimit(density) / 65536.0;

    private static uint DrawLimit(double density)
    {
        return density is > 0 and <= 1
            ? Math.Max(1, (uint)Math.Round(density * 65536, MidpointRounding.ToEven))
            : throw new ArgumentOutOfRangeException(nameof(density), density, "A density is in (0, 1].");
    }
}

internal sealed record KeepAllSparsifier : Sparsifier;

internal sealed record KeepSelectedSparsifier(ElementSelection Selection) : Sparsifier
{
    internal override IReadOnlyList<int> Inputs => Selection.Key.Inputs;
}

internal sealed record KeepBetweenSparsifier(ElementSelection Outer, ElementSelection Inner) : Sparsifier
{
    internal override IReadOnlyList<int> Inputs => Outer.Key.Inputs;
}

internal sealed record KeepAtLeastSparsifier(SelectionKey Key, float Threshold) : Sparsifier
{
    internal override IReadOnlyList<int> Inputs => Key.Inputs;
}

internal sealed record KeepRandomSparsifier(PhiloxKey Key, uint Limit) : Sparsifier;

internal sealed record KeepByRankSparsifier(PhiloxKey Key, double Density, double Epsilon, bool Rescale) : Sparsifier;
