namespace DataShapley.Games.Classic;

/// <summary>An estate, and claims on it: a coalition gets what is left when all others are paid, <c>v(S) = max(0, E − Σ_{i∉S} c_i)</c> (O'Neill 1982). Exact values by dynamic programming: players² · estate for each different claim.</summary>
public sealed class BankruptcyGame : TallyGame
{
    private const int MostPlayers = 1000;

    private readonly int[] _claims;
    private readonly int _estate;
    private readonly long _total;

    /// <summary>Creates the game.</summary>
    /// <param name="claims">What each player claims, not negative; 1 to 1,000 players.</param>
    /// <param name="estate">E, not negative. Where it pays all claims, the game is additive but for what is over, which nobody alone has as well.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no players or too many, or a number is negative.</exception>
    public BankruptcyGame(ReadOnlySpan<int> claims, int estate)
        : base("bankruptcy", claims.Length, [estate, .. WeightedVotingGame.Doubles(claims)])
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(claims.Length, MostPlayers, nameof(claims));
        ArgumentOutOfRangeException.ThrowIfNegative(estate);
        foreach (int claim in claims)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(claim, nameof(claims));
            _total += claim;
        }

        _claims = claims.ToArray();
        _estate = estate;
    }

    /// <inheritdoc />
    public override UtilityRange? Range => new UtilityRange(Worth(0), _estate);

    /// <inheritdoc />
    public override double[] Exact(Semivalue semivalue)
    {
        SizeWeights sizes = new(semivalue, PlayerCount);
        SortedDictionary<int, double> byClaim = [];
        for (int i = 0; i < _claims.Length; i++)
        {
            if (!byClaim.ContainsKey(_claims[i]))
            {
                byClaim[_claims[i]] = OfPlayer(sizes, i);
            }
        }

        return [.. _claims.Select(claim => byClaim[claim])];
    }

    private protected override long Join(long tally, int player) => tally + _claims[player];

    private protected override double Worth(long tally) => Math.Max(0, _estate - (_total - tally));

    // The others outside claim a sum first: the player brings what the estate still holds of his claim.
    private double OfPlayer(SizeWeights sizes, int player)
    {
        SubsetSums outside = new(_claims, player, _estate);
        double value = 0;
        for (int size = 0; size < PlayerCount; size++)
        {
            for (int sum = 0; sum < _estate; sum++)
            {
                value += Math.Min(_claims[player], _estate - sum) * sizes.Of(PlayerCount - 1 - size, outside.LogCount(size, sum));
            }
        }

        return value;
    }
}
