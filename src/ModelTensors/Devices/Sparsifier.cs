namespace ModelTensors.Devices;

/// <summary>Which elements of a task vector are kept; the others count as zero.</summary>
public abstract record Sparsifier
{
    private protected Sparsifier()
    {
    }

    /// <summary>Gets the sparsifier that keeps every element.</summary>
    public static Sparsifier KeepAll { get; } = new KeepAllSparsifier();

    /// <summary>Keeps the elements of a selection.</summary>
    /// <param name="selection">A selection of the same session and input.</param>
    public static Sparsifier KeepSelected(MagnitudeSelection selection) => new KeepSelectedSparsifier(selection);

    /// <summary>Keeps each element with the same probability, independently, by its <see cref="Philox"/> draw.</summary>
    /// <param name="key">The key of the draws.</param>
    /// <param name="density">The probability, in (0, 1]; see <see cref="EffectiveDensity"/>.</param>
    public static Sparsifier KeepRandom(PhiloxKey key, double density) => new KeepRandomSparsifier(key, DrawLimit(density));

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

internal sealed record KeepSelectedSparsifier(MagnitudeSelection Selection) : Sparsifier;

internal sealed record KeepRandomSparsifier(PhiloxKey Key, uint Limit) : Sparsifier;
