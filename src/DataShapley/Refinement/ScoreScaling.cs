namespace DataShapley.Refinement;

/// <summary>The scales of scores.</summary>
internal static class ScoreScaling
{
    public static double[] Standardized(IReadOnlyList<double> scores)
    {
        // Divided first: squares of scores near the limits of a double stay finite.
        double[] values = DividedByLargest(scores);
        if (values.Length == 0 || values.All(value => value.Equals(values[0])))
        {
            return new double[values.Length];
        }

        double mean = values.Sum() / values.Length;
        double deviation = Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / values.Length);
        return Array.ConvertAll(values, value => deviation > 0 ? (value - mean) / deviation : 0);
    }

    public static double[] Ranks(IReadOnlyList<double> scores)
    {
        double[] ranks = new double[scores.Count];
        int[] order = [.. Enumerable.Range(0, scores.Count).OrderBy(i => scores[i])];
        for (int start = 0; start < order.Length;)
        {
            int end = start + 1;
            while (end < order.Length && scores[order[end]].Equals(scores[order[start]]))
            {
                end++;
            }

            // The places start … end − 1 share their mean, moved from [0, n − 1] to [−1, 1].
            double mean = (start + end - 1) / 2.0;
            foreach (int i in order.AsSpan(start, end - start))
            {
                ranks[i] = order.Length > 1 ? (2 * mean / (order.Length - 1)) - 1 : 0;
            }

            start = end;
        }

        return ranks;
    }

    public static double[] DividedByLargest(IReadOnlyList<double> scores)
    {
        double largest = scores.Select(Math.Abs).DefaultIfEmpty().Max();
        return [.. scores.Select(score => largest > 0 ? score / largest : 0)];
    }
}
