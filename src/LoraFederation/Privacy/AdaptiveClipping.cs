using System.Globalization;

namespace LoraFederation.Privacy;

/// <summary>A clipping norm that follows a quantile of the updates' norms, found with noise. Immutable: each round gives the next.</summary>
/// <remarks>
/// Andrew, Thakkar, McMahan and Ramaswamy 2021, "Differentially Private Learning with Adaptive Clipping" (arXiv 1905.03871), section 2:
/// <c>C ← C · exp(−η (b̃ − γ))</c> with <c>b̃ = (Σ b_k + N(0, σ_b²)) / K</c>, where b_k says whether client k's update was within C. With
/// <c>z_Δ = (z⁻² − (2σ_b)⁻²)^−½</c> on the updates, both together cost what z alone does (theorem 1).
/// </remarks>
public sealed record AdaptiveClipping
{
    /// <summary>Gets C, the norm for the coming round.</summary>
    /// <value>Above 0 and finite; 0.1 by default.</value>
    public double Norm
    {
        get;
        init => field = value > 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A clipping norm is above 0 and finite.");
    } = 0.1;

    /// <summary>Gets γ, the share of updates that are to be within the norm.</summary>
    /// <value>In [0, 1]; 0.5 by default.</value>
    public double Quantile
    {
        get;
        init => field = value is >= 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A quantile is in [0, 1].");
    } = 0.5;

    /// <summary>Gets η, how fast the norm follows.</summary>
    /// <value>Above 0 and finite; 0.2 by default.</value>
    public double LearningRate
    {
        get;
        init => field = value > 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A learning rate is above 0 and finite.");
    } = 0.2;

    /// <summary>Gets σ_b, the deviation of the noise on the count.</summary>
    /// <value>Above 0 and finite; the paper takes a twentieth of the clients of a round.</value>
    public required double CountNoise
    {
        get;
        init => field = value > 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The noise of the count is above 0 and finite.");
    }

    /// <summary>Gets the round, which names the noise.</summary>
    /// <value>0 by default; each step counts on.</value>
    public int Round { get; private init; }

    /// <summary>Gets the clipping for the coming round.</summary>
    public UpdateClipping Clipping => new(Norm);

    /// <summary>Returns z_Δ, the noise multiplier for the updates with which updates and count together cost what z does.</summary>
    /// <param name="noiseMultiplier">z, above 0 and below 2σ_b.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count alone costs more than z.</exception>
    public double UpdateNoiseMultiplier(double noiseMultiplier) => noiseMultiplier > 0 && noiseMultiplier < 2 * CountNoise
        ? 1 / Math.Sqrt((1 / (noiseMultiplier * noiseMultiplier)) - (1 / (4 * CountNoise * CountNoise)))
        : throw new ArgumentOutOfRangeException(
            nameof(noiseMultiplier), noiseMultiplier, string.Create(CultureInfo.InvariantCulture, $"With a count noise of {CountNoise} the noise multiplier is above 0 and below {2 * CountNoise}: else the count alone costs more."));

    /// <summary>Returns the clipping of the round after one.</summary>
    /// <param name="report">What clipping with <see cref="Clipping"/> did.</param>
    /// <param name="noise">Where the count's noise comes from; the cryptographic source when null.</param>
    /// <exception cref="ArgumentException">The report is of another norm.</exception>
    public AdaptiveClipping Next(ClippingReport report, NoiseSource? noise = null)
    {
        ArgumentNullException.ThrowIfNull(report);
        if (!report.Norm.Equals(Norm))
        {
            throw new ArgumentException($"The report is of the norm {report.Norm}, this round's is {Norm}.", nameof(report));
        }

        double[] drawn = new double[1];
        (noise ?? NoiseSource.Cryptographic).Fill($"count\0{Round}", drawn);
        double share = (report.Within + (CountNoise * drawn[0])) / report.Norms.Count;
        return this with { Norm = Norm * Math.Exp(-LearningRate * (share - Quantile)), Round = Round + 1 };
    }
}
