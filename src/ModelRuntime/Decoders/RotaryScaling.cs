namespace ModelRuntime.Decoders;

/// <summary>How the frequencies of the rotary embedding are stretched for longer contexts (<c>rope_scaling</c>).</summary>
public abstract record RotaryScaling
{
    private protected RotaryScaling(double factor)
    {
        if (!double.IsFinite(factor) || factor <= 0)
        {
            throw new ArgumentOutOfRangeException(nameof(factor), factor, "The factor of a rotary scaling is above zero and finite.");
        }

        Factor = factor;
    }

    /// <summary>Gets the factor by which positions are compressed.</summary>
    public double Factor { get; }

    /// <summary>Returns the scaled frequency.</summary>
    /// <param name="frequency">The frequency θ^(−2i/d), radians per position.</param>
    internal abstract double Scale(double frequency);
}
