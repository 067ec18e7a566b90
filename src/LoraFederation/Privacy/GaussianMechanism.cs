using LoraFederation.Aggregators;

namespace LoraFederation.Privacy;

/// <summary>How much Gaussian noise an aggregate gets: deviation z · C · max p_k on every coordinate, for clipped updates of weights p_k.</summary>
/// <remarks>
/// Who is protected is a client whose update is replaced by none, with weights that do not depend on the updates: neighbours differ by at most
/// <c>C · max p_k</c> in the sum. One round costs what <see cref="RdpAccountant.Add"/> says of z. A rate below 1 there needs clients drawn independently and
/// weights that do not depend on who was drawn: <see cref="ExpectedCountWeighting"/>.
/// </remarks>
public sealed record GaussianMechanism
{
    /// <summary>Creates a mechanism.</summary>
    /// <param name="noiseMultiplier">z, above 0 and finite: the deviation over the sensitivity.</param>
    /// <exception cref="ArgumentOutOfRangeException">The multiplier is not that.</exception>
    public GaussianMechanism(double noiseMultiplier)
    {
        if (!(noiseMultiplier > 0 && double.IsFinite(noiseMultiplier)))
        {
            throw new ArgumentOutOfRangeException(nameof(noiseMultiplier), noiseMultiplier, "A noise multiplier is above 0 and finite.");
        }

        NoiseMultiplier = noiseMultiplier;
    }

    /// <summary>Gets z.</summary>
    public double NoiseMultiplier { get; }

    /// <summary>Gets where the noise comes from.</summary>
    /// <value><see cref="NoiseSource.Cryptographic"/> by default.</value>
    public NoiseSource Noise { get; init; } = NoiseSource.Cryptographic;

    /// <summary>Returns the deviation for one module; with each module at its own largest weight, the whole update is covered.</summary>
    /// <exception cref="FederationException">The updates were not clipped, or hold a bias, which would get no noise.</exception>
    internal double Deviation(ModuleContributions module, string method, AggregationContext context)
    {
        if (context.ClipNorm is not { } norm)
        {
            throw new FederationException(
                FederationError.Unsupported, $"Method '{method}' adds noise in proportion to what one client can change, which nothing bounds: set {nameof(AggregationRecipe)}.{nameof(AggregationRecipe.Clipping)}.", module: module.Path);
        }

        if (module.Clients.FirstOrDefault(client => client.Module.Bias is not null) is { } biased)
        {
            throw new FederationException(
                FederationError.Unsupported, $"Module '{module.Path}' of '{biased.ClientId}' has a bias, whose mean would be handed out without noise. Train without it.", biased.ClientId, module.Path);
        }

        return NoiseMultiplier * norm * module.Clients.Max(client => client.Weight);
    }

    /// <summary>Returns noise of a deviation.</summary>
    internal double[] Draw(ModuleContributions module, string part, int round, double deviation, long count)
    {
        double[] noise = new double[count];
        Noise.Fill($"{module.Path}\0{round}\0{part}", noise);
        foreach (ref double value in noise.AsSpan())
        {
            value *= deviation;
        }

        return noise;
    }
}
