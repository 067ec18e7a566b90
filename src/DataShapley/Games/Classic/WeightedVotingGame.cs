namespace DataShapley.Games.Classic;

/// <summary>A coalition wins when its votes are more than a quota: <c>v(S) = 1[Σ_{i∈S} w_i &gt; q]</c>. Exact values by dynamic programming: players² · quota for each different weight.</summary>
public sealed class WeightedVotingGame : TallyGame
{
    private const int MostPlayers = 1000;

    private readonly int[] _weights;
    private readonly int _quota;

    /// <summary>Creates the game.</summary>
    /// <param name="weights">The votes of each player, not negative; 1 to 1,000 players.</param>
    /// <param name="quota">What the votes have to be more than, not negative: nobody alone never wins.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no players or too many, or a number is negative.</exception>
    public WeightedVotingGame(ReadOnlySpan<int> weights, int quota)
        : base("voting", weights.Length, [quota, .. Doubles(weights)])
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(weights.Length, MostPlayers, nameof(weights));
        ArgumentOutOfRangeException.ThrowIfNegative(quota);
        foreach (int weight in weights)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(weight, nameof(weights));
        }

        _weights = weights.ToArray();
        _quota = quota;
    }

    /// <inheritdoc />
    public override UtilityRange? Range => UtilityRange.Unit;

    /// <inheritdoc />
    public override double[] Exact(Semivalue semivalue)
    {
        SizeWeights sizes = new(semivalue, PlayerCount);
        SortedDictionary<int, double> byWeight = [];
        for (int i = 0; i < _weights.Length; i++)
        {
            if (!byWeight.ContainsKey(_weights[i]))
            {
                byWeight[_weights[i]] = Pivotal(sizes, i);
            }
        }

        return [.. _weights.Select(weight => byWeight[weight])];
    }

    internal static double[] Doubles(ReadOnlySpan<int> numbers) => [.. numbers.ToArray().Select(number => (double)number)];

    private protected override long Join(long tally, int player) => tally + _weights[player];

    private protected override double Worth(long tally) => tally > _quota ? 1 : 0;

    // A player decides where the others' votes are at most the quota and more than it with his.
    private double Pivotal(SizeWeights sizes, int player)
    {
        int weight = _weights[player];
        if (weight == 0)
        {
            return 0;
        }

        SubsetSums sums = new(_weights, player, _quota);
        double value = 0;
        for (int size = 0; size < PlayerCount; size++)
        {
            for (int sum = Math.Max(0, _quota - weight + 1); sum <= _quota; sum++)
            {
                value += sizes.Of(size, sums.LogCount(size, sum));
            }
        }

        return value;
    }
}
