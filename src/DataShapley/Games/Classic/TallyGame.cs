namespace DataShapley.Games.Classic;

/// <summary>A game in which a whole number, a tally that members add to in any order, decides what a coalition is worth: growing coalitions cost a step each and give the same bits.</summary>
public abstract class TallyGame : ClassicGame, IIncrementalUtility
{
    private protected TallyGame(string name, int playerCount, params ReadOnlySpan<double> data)
        : base(name, playerCount, data)
    {
    }

    /// <inheritdoc />
    public override double ValueOf(Coalition coalition)
    {
        ArgumentNullException.ThrowIfNull(coalition);
        long tally = 0;
        foreach (int player in coalition.ToArray())
        {
            tally = Join(tally, player);
        }

        return Worth(tally);
    }

    /// <inheritdoc />
    public IGrowingCoalition Begin(ulong seed) => new Growing(this);

    /// <summary>Lets a player join; the order of players does not matter.</summary>
    private protected abstract long Join(long tally, int player);

    /// <summary>Values a tally.</summary>
    private protected abstract double Worth(long tally);

    private sealed class Growing(TallyGame game) : IGrowingCoalition
    {
        private long _tally;

        public double Add(int player)
        {
            _tally = game.Join(_tally, player);
            return game.Worth(_tally);
        }
    }
}
