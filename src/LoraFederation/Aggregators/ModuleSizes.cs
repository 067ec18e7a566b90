namespace LoraFederation.Aggregators;

/// <summary>The sizes of one module in a round, from which the cost of a method follows.</summary>
/// <param name="Outputs">m, the rows of the weight.</param>
/// <param name="Inputs">n, its columns.</param>
/// <param name="Ranks">The clients' ranks; at least one.</param>
public sealed record ModuleSizes(long Outputs, long Inputs, IReadOnlyList<int> Ranks)
{
    /// <summary>Gets the number of clients K.</summary>
    public int Clients => Ranks.Count;

    /// <summary>Gets R, the sum of the ranks.</summary>
    public long TotalRank => Ranks.Sum(rank => (long)rank);

    /// <summary>Gets the greatest rank.</summary>
    public int MaxRank => Ranks.Max();

    /// <summary>Returns the number of parameters of two factors.</summary>
    /// <param name="rank">Their rank.</param>
    public long FactorParameters(long rank) => checked(rank * (Outputs + Inputs));
}
