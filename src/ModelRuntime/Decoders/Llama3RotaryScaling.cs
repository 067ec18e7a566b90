namespace ModelRuntime.Decoders;

/// <summary>Llama 3.1's scaling: divides low frequencies by the factor, keeps high ones, and blends between.</summary>
public sealed record Llama3RotaryScaling : RotaryScaling
{
    /// <summary>Creates the scaling.</summary>
    /// <param name="factor">The factor, above zero.</param>
    /// <param name="lowFrequencyFactor">Frequencies with fewer turns over the original context than this are divided; above zero.</param>
    /// <param name="highFrequencyFactor">Those with more turns than this are kept; above <paramref name="lowFrequencyFactor"/>.</param>
    /// <param name="originalContext">The length of the original context in tokens, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public Llama3RotaryScaling(double factor, double lowFrequencyFactor, double highFrequencyFactor, int originalContext)
        : base(factor)
    {
        if (!(lowFrequencyFactor > 0 && highFrequencyFactor > lowFrequencyFactor && double.IsFinite(highFrequencyFactor)))
        {
            throw new ArgumentOutOfRangeException(
                nameof(lowFrequencyFactor), lowFrequencyFactor, $"The low frequency factor is above zero and below the high one, which is {highFrequencyFactor}.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(originalContext, 1);
        LowFrequencyFactor = lowFrequencyFactor;
        HighFrequencyFactor = highFrequencyFactor;
        OriginalContext = originalContext;
    }

    /// <summary>Gets the number of turns over the original context below which a frequency is divided.</summary>
    public double LowFrequencyFactor { get; }

    /// <summary>Gets the number of turns over the original context above which a frequency is kept.</summary>
    public double HighFrequencyFactor { get; }

    /// <summary>Gets the length of the original context in tokens.</summary>
    public int OriginalContext { get; }

    internal override double Scale(double frequency)
    {
        double turns = OriginalContext * frequency / (2 * Math.PI);
        if (turns < LowFrequencyFactor)
        {
            return frequency / Factor;
        }

        if (turns > HighFrequencyFactor)
        {
            return frequency;
        }

        double kept = (turns - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor);
        return ((1 - kept) * frequency / Factor) + (kept * frequency);
    }
}
