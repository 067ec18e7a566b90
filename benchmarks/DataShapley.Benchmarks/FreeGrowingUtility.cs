using DataShapley.Games;

namespace DataShapley.Benchmarks;

/// <summary>A utility that costs nothing and follows growing coalitions.</summary>
internal sealed class FreeGrowingUtility(int playerCount) : FreeUtility(playerCount), IIncrementalUtility
{
    public IGrowingCoalition Begin(ulong seed) => new Growing();

    private sealed class Growing : IGrowingCoalition
    {
        private int _size;

        public double Add(int player) => ++_size;
    }
}
