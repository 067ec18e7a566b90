namespace DataShapley.Games;

public sealed partial class UtilityEvaluator
{
    /// <summary>Trains on a bag and scores the players outside it. What fails goes where the options say, for the whole bag or for one player; only bags without failures are recorded.</summary>
    /// <returns>A score for each player; NaN for those in the bag and where a failure is left out.</returns>
    internal async Task<double[]> ScoreAsync(IBaggedUtility utility, IReadOnlyList<int> bag, ulong seed, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _requested);
        int[] players = [.. bag];
        Coalition members = Coalition.Of(PlayerCount, players);
        if (_journal?.TryGetBag(players, PlayerCount, seed, out double[] scores) == true)
        {
            Interlocked.Increment(ref _fromJournal);
            return WithoutMembers(scores, players);
        }

        scores = new double[PlayerCount];
        bool isWhole = false;
        try
        {
            IReadOnlyList<double> given = await _calls.RunAsync(token => utility.ScoreOutOfBag(bag, seed, token), 1, () => members, cancellationToken).ConfigureAwait(false);
            isWhole = Take(given, members, scores);
        }
        catch (Exception e) when ((e is not OperationCanceledException || !cancellationToken.IsCancellationRequested) && e is not UtilityException { Reason: UtilityError.NotFinite or UtilityError.WrongCount })
        {
            Array.Fill(scores, _calls.Fail(_calls.Threw(e, members)).Value);
        }

        if (isWhole)
        {
            _journal?.AddBag(players, PlayerCount, seed, scores);
        }

        return WithoutMembers(scores, players);
    }

    private static double[] WithoutMembers(double[] scores, int[] members)
    {
        foreach (int player in members)
        {
            scores[player] = double.NaN;
        }

        return scores;
    }

    private bool Take(IReadOnlyList<double> given, Coalition bag, double[] scores)
    {
        if (given.Count != scores.Length)
        {
            throw new UtilityException(
                UtilityError.WrongCount, $"The utility '{Utility.Id}' gave {given.Count} scores: it has to give one for each of the {scores.Length} players.", Utility.Id, bag);
        }

        _calls.Count(1);
        bool isWhole = true;
        for (int player = 0; player < scores.Length; player++)
        {
            scores[player] = given[player];
            if (bag.Contains(player))
            {
                scores[player] = 0;
            }
            else if (!double.IsFinite(scores[player]))
            {
                scores[player] = _calls.Fail(_calls.NotFinite(scores[player], bag)).Value;
                isWhole = false;
            }
        }

        return isWhole;
    }
}
