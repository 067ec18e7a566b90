namespace DataShapley.Statistics;

/// <summary>How alike two orders of the players are.</summary>
public static class RankCorrelation
{
    /// <summary>Computes Spearman's rank correlation; equal values share the mean of their ranks.</summary>
    /// <param name="left">Finite values.</param>
    /// <param name="right">As many finite values.</param>
    /// <returns>From −1 to 1. Where all values of one side are equal: 1 if those of the other are as well, else 0.</returns>
    /// <exception cref="ArgumentException">There are more values on one side, or one is not finite.</exception>
    public static double Spearman(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        if (left.Length != right.Length)
        {
            throw new ArgumentException($"A correlation is of as many values on either side; there are {left.Length} and {right.Length}.", nameof(right));
        }

        double[] one = Ranks(left);
        double[] other = Ranks(right);

        // Ranks and their means are multiples of one half and sums of their products far below 2⁵³ for a hundred thousand players: centred, nothing cancels.
        double centre = (left.Length + 1) / 2.0;
        double product = 0;
        double ofOne = 0;
        double ofOther = 0;
        for (int i = 0; i < one.Length; i++)
        {
            product += (one[i] - centre) * (other[i] - centre);
            ofOne += (one[i] - centre) * (one[i] - centre);
            ofOther += (other[i] - centre) * (other[i] - centre);
        }

        return ofOne == 0 || ofOther == 0
            ? (ofOne == ofOther ? 1 : 0)
            : Math.Clamp(product / Math.Sqrt(ofOne * ofOther), -1, 1);
    }

    private static double[] Ranks(ReadOnlySpan<double> values)
    {
        double[] sorted = values.ToArray();
        if (!Array.TrueForAll(sorted, double.IsFinite))
        {
            throw new ArgumentException("A rank correlation is of finite values.", nameof(values));
        }

        int[] order = [.. Enumerable.Range(0, sorted.Length)];
        Array.Sort(sorted, order);
        double[] ranks = new double[sorted.Length];
        for (int start = 0; start < sorted.Length;)
        {
            int end = start + 1;
            while (end < sorted.Length && sorted[end] == sorted[start])
            {
                end++;
            }

            for (int i = start; i < end; i++)
            {
                ranks[order[i]] = (start + 1 + end) / 2.0;
            }

            start = end;
        }

        return ranks;
    }
}
