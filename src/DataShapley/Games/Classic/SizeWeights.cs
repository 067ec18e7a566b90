namespace DataShapley.Games.Classic;

/// <summary>How likely a semivalue meets coalitions of the n − 1 others: by size, and by who is in them.</summary>
internal sealed class SizeWeights
{
    private readonly double[] _logWeights;

    public SizeWeights(Semivalue semivalue, int players)
    {
        ArgumentNullException.ThrowIfNull(semivalue);
        Players = players;
        _logWeights = [.. Enumerable.Range(0, players).Select(size => semivalue.LogWeight(players, size))];
    }

    public int Players { get; }

    /// <summary>The weight of all coalitions of a size together.</summary>
    public double OfSize(int size) => Math.Exp(_logWeights[size] + Semivalue.LogCount(Players, size));

    /// <summary>The weight of all coalitions: 1, unless a semivalue is not normalised.</summary>
    public double Total() => Enumerable.Range(0, Players).Sum(OfSize);

    /// <summary>The weight of coalitions with a given log-count of them of this size.</summary>
    public double Of(int size, double logCount) => double.IsNegativeInfinity(logCount) ? 0 : Math.Exp(_logWeights[size] + logCount);

    /// <summary>The weight of the coalitions that hold some given others and only some of the rest: <paramref name="free"/> others may be in or out.</summary>
    public double Between(int forced, int free)
    {
        double sum = 0;
        for (int extra = 0; extra <= free; extra++)
        {
            sum += Of(forced + extra, LogChoose(free, extra));
        }

        return sum;
    }

    public static double LogChoose(int n, int k) => k < 0 || k > n ? double.NegativeInfinity : Semivalue.LogCount(n + 1, k);
}
