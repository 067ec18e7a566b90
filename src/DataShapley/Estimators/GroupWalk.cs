using DataShapley.Estimators.Truncations;
using DataShapley.Games;

namespace DataShapley.Estimators;

/// <summary>Lets groups leave, or join, one after the other.</summary>
internal sealed class GroupWalk(int players, GroupDirection direction, TruncationPolicy truncation, bool isSingle)
{
    // Enough coalitions at once to keep workers busy, few enough to hold.
    private const int CoalitionsAtOnce = 64;

    /// <summary>Computes what each group contributes.</summary>
    /// <returns>The contributions of the groups that were evaluated, then what is left to the end, where any is.</returns>
    public async Task<(double[] Contributions, int Known)> ContributionsAsync(Draw draw, int[][] groups, double empty, double full, CancellationToken cancellationToken)
    {
        bool isRemoval = direction == GroupDirection.Removal;
        double end = isRemoval ? empty : full;
        Func<int, double, bool>? stops = truncation.Begin(players, end);
        List<double> values = stops is null
            ? [.. await FollowAsync(draw, groups, cancellationToken).ConfigureAwait(false)]
            : await FollowAsync(draw, groups, stops, cancellationToken).ConfigureAwait(false);
        int evaluated = values.Count;
        values.Add(end);
        double[] contributions = Contributions(values, isRemoval ? full : empty, direction);

        // The last group of all is known without an evaluation.
        return (contributions, evaluated == groups.Length - 1 ? groups.Length : evaluated);
    }

    /// <summary>Computes what each step changes.</summary>
    /// <param name="values">The value after each step.</param>
    /// <param name="previous">The value before the first.</param>
    /// <param name="direction">Whether a step that lowers the value counts as above zero.</param>
    public static double[] Contributions(List<double> values, double previous, GroupDirection direction)
    {
        double[] contributions = new double[values.Count];
        for (int step = 0; step < contributions.Length; step++)
        {
            contributions[step] = direction == GroupDirection.Removal ? previous - values[step] : values[step] - previous;
            previous = values[step];
        }

        return contributions;
    }

    private async Task<double[]> FollowAsync(Draw draw, int[][] groups, CancellationToken cancellationToken)
    {
        int steps = groups.Length - 1;
        if (isSingle)
        {
            // Players that leave one by one are players that join in the reverse order, which incremental utilities follow cheaply.
            int[] order = [.. groups.Select(group => group[0])];
            if (direction == GroupDirection.Insertion)
            {
                return await draw.GrowAsync(order.AsMemory(0, steps), null, cancellationToken).ConfigureAwait(false);
            }

            Array.Reverse(order);
            double[] grown = await draw.GrowAsync(order.AsMemory(0, steps), null, cancellationToken).ConfigureAwait(false);
            Array.Reverse(grown);
            return grown;
        }

        double[] values = new double[steps];
        Coalition moved = Coalition.Empty(players);
        for (int start = 0; start < steps; start += CoalitionsAtOnce)
        {
            Coalition[] coalitions = new Coalition[Math.Min(CoalitionsAtOnce, steps - start)];
            for (int i = 0; i < coalitions.Length; i++)
            {
                moved = moved.With(groups[start + i]);
                coalitions[i] = Present(moved);
            }

            (await draw.EvaluateAsync(coalitions, cancellationToken).ConfigureAwait(false)).CopyTo(values, start);
        }

        return values;
    }

    private async Task<List<double>> FollowAsync(Draw draw, int[][] groups, Func<int, double, bool> stops, CancellationToken cancellationToken)
    {
        List<double> values = [];
        Coalition moved = Coalition.Empty(players);
        foreach (int[] group in groups.SkipLast(1))
        {
            moved = moved.With(group);
            values.Add(await draw.EvaluateAsync(Present(moved), cancellationToken).ConfigureAwait(false));
            if (stops(moved.Size, values[^1]))
            {
                break;
            }
        }

        return values;
    }

    private Coalition Present(Coalition moved) => direction == GroupDirection.Removal ? moved.Complement() : moved;
}
