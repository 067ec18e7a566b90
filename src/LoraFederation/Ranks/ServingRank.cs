namespace LoraFederation.Ranks;

/// <summary>Fits an adapter to a server that allocates all its modules at one rank, and only at certain ranks: vLLM.</summary>
/// <remarks>
/// The smallest legal rank that holds every component that the policy within keeps; where that is above the most that the server allows, the greatest legal one
/// below, with the smallest components cut. Modules with fewer components are padded with zeros to <see cref="UniformRank"/> when written, which changes no
/// product.
/// </remarks>
public sealed record ServingRank : RankPolicy
{
    private static readonly int[] Legal = [8, 16, 32, 64, 128, 256, 320, 512];

    /// <summary>Creates the policy.</summary>
    /// <param name="maximumRank">What the server allows (vLLM's <c>max_lora_rank</c>, 16 unless set), at least 8.</param>
    public ServingRank(int maximumRank)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maximumRank, Legal[0]);
        MaximumRank = maximumRank;
    }

    /// <summary>Gets the ranks that vLLM allocates, in ascending order.</summary>
    public static IReadOnlyList<int> LegalRanks { get; } = Array.AsReadOnly(Legal);

    /// <summary>Gets the most that the server allows.</summary>
    public int MaximumRank { get; }

    /// <summary>Gets the policy that says which components are wanted.</summary>
    /// <value><see cref="ExactRank"/> by default.</value>
    public RankPolicy Within
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = new ExactRank();

    /// <summary>Returns the one legal rank to which all modules are padded.</summary>
    /// <param name="rank">The greatest rank that was chosen.</param>
    public override int? UniformRank(int rank) => LegalFor(rank);

    /// <inheritdoc />
    public override IReadOnlyList<int> Choose(IReadOnlyList<ModuleSpectrum> modules)
    {
        IReadOnlyList<int> wanted = Within.Choose(modules);
        int rank = LegalFor(wanted.DefaultIfEmpty().Max());
        return [.. wanted.Select(own => Math.Min(own, rank))];
    }

    private int LegalFor(int wanted)
    {
        int greatest = Legal.Last(rank => rank <= MaximumRank);
        return Legal.First(rank => rank >= Math.Min(wanted, greatest));
    }
}
