using DataShapley.Games;

namespace DataShapley.Estimators;

/// <summary>Single contributions v(S ∪ i) − v(S).</summary>
internal static class Marginal
{
    /// <summary>How many evaluations one takes.</summary>
    public const int Cost = 2;

    // Enough coalitions at once to keep workers busy, few enough to hold.
    private const int PairsAtOnce = 128;

    public static async Task<double> OfAsync(Draw draw, Coalition without, int player, CancellationToken cancellationToken)
    {
        double[] values = await draw.EvaluateAsync([without, without.With(player)], cancellationToken).ConfigureAwait(false);
        return values[1] - values[0];
    }

    /// <summary>Evaluates several, in blocks of bounded memory.</summary>
    /// <param name="draw">The draw.</param>
    /// <param name="pairs">The coalitions and the players that join them; read as they are needed.</param>
    /// <param name="take">Is given each contribution, in order, with its coalition and player.</param>
    /// <param name="cancellationToken">Stops the evaluation.</param>
    public static async Task OfAsync(Draw draw, IEnumerable<(Coalition Without, int Player)> pairs, Action<Coalition, int, double> take, CancellationToken cancellationToken)
    {
        foreach ((Coalition Without, int Player)[] block in pairs.Chunk(PairsAtOnce))
        {
            double[] values = await draw.EvaluateAsync([.. block.SelectMany(pair => (Coalition[])[pair.Without, pair.Without.With(pair.Player)])], cancellationToken).ConfigureAwait(false);
            for (int i = 0; i < block.Length; i++)
            {
                take(block[i].Without, block[i].Player, values[(2 * i) + 1] - values[2 * i]);
            }
        }
    }

    /// <summary>Draws a coalition of a given size without a player, each equally likely.</summary>
    public static Coalition NextWithout(RandomSequence random, int players, int player, int size)
    {
        // The others are numbered without a gap: from the player on, one less.
        int[] members = random.NextOfSize(players - 1, size).ToArray();
        for (int i = 0; i < members.Length; i++)
        {
            members[i] += members[i] >= player ? 1 : 0;
        }

        return Coalition.Of(players, members);
    }
}
