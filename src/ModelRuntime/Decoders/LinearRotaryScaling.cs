namespace ModelRuntime.Decoders;

/// <summary>Divides all frequencies by the factor (Chen et al. 2023, "Extending Context Window of Large Language Models via Positional Interpolation", arXiv 2306.15595).</summary>
public sealed record LinearRotaryScaling : RotaryScaling
{
    /// <summary>Creates the scaling.</summary>
    /// <param name="factor">The factor, above zero.</param>
    public LinearRotaryScaling(double factor)
        : base(factor)
    {
    }

    internal override double Scale(double frequency) => frequency / Factor;
}
