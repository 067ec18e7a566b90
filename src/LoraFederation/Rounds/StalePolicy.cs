namespace LoraFederation.Rounds;

/// <summary>What becomes of an update that answers an earlier round.</summary>
public sealed record StalePolicy
{
    private StalePolicy(int maxRounds, double exponent)
    {
        MaxRounds = maxRounds;
        Exponent = exponent;
    }

    /// <summary>Gets the policy that refuses such updates.</summary>
    public static StalePolicy Refuse { get; } = new(0, 0);

    /// <summary>Gets how many rounds late an update may be.</summary>
    public int MaxRounds { get; }

    /// <summary>Gets the exponent of the weight of late updates.</summary>
    public double Exponent { get; }

    /// <summary>Returns the policy that takes late updates for less: the client's weight is multiplied by <c>(1 + rounds late)^-exponent</c>.</summary>
    /// <param name="maxRounds">How many rounds late an update may be; at least 1.</param>
    /// <param name="exponent">How much less it counts; not negative, finite. 0 is no less.</param>
    /// <remarks>Xie et al. 2019, "Asynchronous Federated Optimization" (arXiv 1903.03934), section 5.2, the polynomial function.</remarks>
    public static StalePolicy Accept(int maxRounds, double exponent = 0.5)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxRounds, 1);
        return exponent >= 0 && double.IsFinite(exponent)
            ? new StalePolicy(maxRounds, exponent)
            : throw new ArgumentOutOfRangeException(nameof(exponent), exponent, "An exponent of staleness is finite and not negative.");
    }

    /// <summary>Returns what multiplies the weight of an update.</summary>
    /// <param name="roundsLate">How late it is; 0 for one in time.</param>
    public double WeightOf(int roundsLate) => Math.Pow(1.0 + roundsLate, -Exponent);
}
