namespace ModelRuntime.Decoders.Mixtures;

/// <summary>What an expert that is a whole layer has of its own beside its weights (<c>expert_overrides</c>).</summary>
public sealed record ExpertSettings
{
    /// <summary>Gets the base of its rotary embedding (<c>rope_theta</c>).</summary>
    /// <value>Above 0.</value>
    public required double RotaryBase { get; init; }

    /// <summary>Gets the scaling of its rotary embedding (<c>rope_scaling</c>).</summary>
    /// <value>Null by default: none.</value>
    public RotaryScaling? RotaryScaling { get; init; }

    /// <summary>Gets what is added to the mean square of its norms (<c>rms_norm_eps</c>).</summary>
    /// <value>In [0, 1).</value>
    public required double NormEpsilon { get; init; }

    /// <summary>Gets how many tokens a query of it sees (<c>sliding_window</c>), itself included.</summary>
    /// <value>Null by default: all before it.</value>
    public int? SlidingWindow { get; init; }

    /// <summary>Returns the shape of its layers in a mixture.</summary>
    internal DecoderConfig ApplyTo(DecoderConfig config) => config with
    {
        RotaryBase = RotaryBase,
        RotaryScaling = RotaryScaling,
        NormEpsilon = NormEpsilon,
        SlidingWindow = SlidingWindow,
    };
}
