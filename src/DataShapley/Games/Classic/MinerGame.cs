namespace DataShapley.Games.Classic;

/// <summary>Two miners carry a treasure: <c>v(S) = ⌊|S| / 2⌋</c>. Its core is empty for an odd number of players.</summary>
public sealed class MinerGame : TallyGame
{
    /// <summary>Creates the game.</summary>
    /// <param name="playerCount">The number of players, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public MinerGame(int playerCount)
        : base("miner", playerCount)
    {
    }

    /// <inheritdoc />
    public override UtilityRange? Range => new UtilityRange(0, PlayerCount / 2);

    /// <inheritdoc />
    public override double[] Exact(Semivalue semivalue) => SymmetricGame.OfSizes(semivalue, [.. Enumerable.Range(0, PlayerCount + 1).Select(size => (double)(size / 2))]);

    private protected override long Join(long tally, int player) => tally + 1;

    private protected override double Worth(long tally) => tally / 2;
}
