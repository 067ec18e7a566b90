namespace DataShapley.Neighbors;

/// <summary>Orders neighbours by their exact distances where the float ones do not tell them apart and their order counts.</summary>
internal static class NearTies
{
    /// <summary>What share of the bound two distances may differ by and yet be in the order of their rows, not their own.</summary>
    public const double Coarseness = 1.0 / 16;

    /// <summary>Makes the order of the nearest neighbours that of exact distances, ties to the lower row.</summary>
    /// <remarks>
    /// Whoever is among the first by exact distances is, by the float ones, at most two bounds, and what the sort left undone, farther than the last of them.
    /// Candidates further apart than that are in order already; runs of closer ones whose members are all alike give the same values in any order, and are left.
    /// </remarks>
    /// <param name="game">Says who is alike.</param>
    /// <param name="test">The test point.</param>
    /// <param name="order">Neighbours in the order of their float distances, at least of those that differ by more than the coarseness.</param>
    /// <param name="distances">The float distances of all rows.</param>
    /// <param name="bound">How far a float distance may be off.</param>
    /// <param name="count">How many of the nearest are to be in exact order.</param>
    /// <param name="exact">Exact distances.</param>
    /// <param name="work">The memory of the thread.</param>
    public static void Resolve(
        NeighborGame game, int test, Span<int> order, ReadOnlySpan<float> distances, float bound, int count, ExactDistances exact, NeighborWork work)
    {
        double apart = 2.0 * bound * (1 + Coarseness);
        int end = Math.Min(count, order.Length);
        double limit = end > 0 ? distances[order[end - 1]] + apart : 0;
        while (end < order.Length && distances[order[end]] <= limit)
        {
            end++;
        }

        bool isReady = false;
        for (int start = 0, stop; start < end; start = stop)
        {
            bool isAlike = true;
            for (stop = start + 1; stop < end && (double)distances[order[stop]] - distances[order[stop - 1]] <= apart; stop++)
            {
                isAlike &= game.AreAlike(test, order[start], order[stop]);
            }

            if (!isAlike)
            {
                if (!isReady)
                {
                    exact.MoveTo(test);
                    isReady = true;
                }

                Sort(order[start..stop], exact, work);
            }
        }
    }

    private static void Sort(Span<int> order, ExactDistances exact, NeighborWork work)
    {
        Span<RankedNeighbor> ranked = work.Ranked(order.Length);
        for (int i = 0; i < order.Length; i++)
        {
            ranked[i] = new RankedNeighbor(exact.To(order[i]), order[i]);
        }

        RankedNeighbor.Sort(ranked);
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = ranked[i].Row;
        }
    }
}
