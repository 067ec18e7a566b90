namespace DataShapley.Statistics;

/// <summary>How far two lists of numbers agree. Where either number of a pair is NaN, the pair is left out.</summary>
public static class RankCorrelation
{
    /// <summary>Computes Spearman's ρ: Pearson's correlation of the ranks, ties at their average rank.</summary>
    /// <param name="first">Numbers.</param>
    /// <param name="second">As many numbers.</param>
    /// <returns>A number in [−1, 1]; NaN below two pairs or where all numbers of one list are equal.</returns>
    /// <exception cref="ArgumentException">There are more of one than of the other.</exception>
    public static double Spearman(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        (double[] a, double[] b) = Pairs(first, second);
        return Spearman(TwiceCentredRanks(a), TwiceCentredRanks(b));
    }

    /// <summary>Computes Kendall's τ-b in O(n log n) (Knight, 1966): (concordant − discordant) / √((n₀ − n₁)(n₀ − n₂)) with n₀ = n(n − 1)/2 pairs, n₁ and n₂ of them tied.</summary>
    /// <param name="first">Numbers.</param>
    /// <param name="second">As many numbers.</param>
    /// <returns>A number in [−1, 1]; NaN below two pairs or where all numbers of one list are equal.</returns>
    /// <exception cref="ArgumentException">There are more of one than of the other.</exception>
    public static double Kendall(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        (double[] a, double[] b) = Pairs(first, second);
        long all = PairCount(a.Length);

        // Both by the first, and among equals by the second.
        Array.Sort(a, b);
        (long tiedFirst, long tiedBoth) = (0, 0);
        for (int start = 0; start < a.Length;)
        {
            int end = EndOfRun(a, start);
            Span<double> among = b.AsSpan(start, end - start);
            among.Sort();
            tiedFirst += PairCount(among.Length);
            tiedBoth += TiedPairs(among);
            start = end;
        }

        // Counting inversions leaves the second in order.
        long discordant = SortCountingInversions(b);
        long tiedSecond = TiedPairs(b);

        // Integers up to here. Equal counts divide exactly, so that full agreement is 1 and not almost.
        long difference = all - tiedFirst - tiedSecond + tiedBoth - (2 * discordant);
        (long untiedFirst, long untiedSecond) = (all - tiedFirst, all - tiedSecond);
        return untiedFirst == untiedSecond
            ? (double)difference / untiedFirst
            : Math.Clamp(difference / (Math.Sqrt(untiedFirst) * Math.Sqrt(untiedSecond)), -1, 1);
    }

    /// <summary>Computes Pearson's correlation.</summary>
    /// <param name="first">Numbers.</param>
    /// <param name="second">As many numbers.</param>
    /// <returns>A number in [−1, 1]; NaN below two pairs, where all numbers of one list are equal, or where one is infinite.</returns>
    /// <exception cref="ArgumentException">There are more of one than of the other.</exception>
    public static double Pearson(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        (double[] a, double[] b) = Pairs(first, second);
        if (a.Length < 2 || Array.TrueForAll(a, value => value == a[0]) || Array.TrueForAll(b, value => value == b[0]))
        {
            return double.NaN;
        }

        Centre(a);
        Centre(b);
        (double product, double firstSquare, double secondSquare) = (0, 0, 0);
        for (int i = 0; i < a.Length; i++)
        {
            product = Math.FusedMultiplyAdd(a[i], b[i], product);
            firstSquare = Math.FusedMultiplyAdd(a[i], a[i], firstSquare);
            secondSquare = Math.FusedMultiplyAdd(b[i], b[i], secondSquare);
        }

        return Math.Clamp(product / (Math.Sqrt(firstSquare) * Math.Sqrt(secondSquare)), -1, 1);
    }

    /// <summary>Computes twice the rank of each number less n + 1: integers, also for ties, that sum to zero.</summary>
    internal static long[] TwiceCentredRanks(double[] values)
    {
        int[] order = [.. Enumerable.Range(0, values.Length)];
        double[] sorted = [.. values];
        Array.Sort(sorted, order);
        long[] ranks = new long[values.Length];
        for (int start = 0; start < order.Length;)
        {
            int end = EndOfRun(sorted, start);

            // Ranks start + 1 … end: twice their mean is start + 1 + end.
            for (int i = start; i < end; i++)
            {
                ranks[order[i]] = (long)start + end - values.Length;
            }

            start = end;
        }

        return ranks;
    }

    /// <summary>Computes Spearman's ρ from ranks. The sums are exact.</summary>
    internal static double Spearman(ReadOnlySpan<long> first, ReadOnlySpan<long> second)
    {
        (Int128 product, Int128 firstSquare, Int128 secondSquare) = (0, 0, 0);
        for (int i = 0; i < first.Length; i++)
        {
            product += first[i] * second[i];
            firstSquare += first[i] * first[i];
            secondSquare += second[i] * second[i];
        }

        if (firstSquare == 0 || secondSquare == 0)
        {
            return double.NaN;
        }

        return firstSquare == secondSquare
            ? (double)product / (double)firstSquare
            : Math.Clamp((double)product / (Math.Sqrt((double)firstSquare) * Math.Sqrt((double)secondSquare)), -1, 1);
    }

    private static (double[] First, double[] Second) Pairs(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        if (first.Length != second.Length)
        {
            throw new ArgumentException($"Correlations are of pairs: there are {first.Length} numbers in the first list and {second.Length} in the second.", nameof(second));
        }

        List<double> a = new(first.Length);
        List<double> b = new(first.Length);
        for (int i = 0; i < first.Length; i++)
        {
            if (!double.IsNaN(first[i]) && !double.IsNaN(second[i]))
            {
                a.Add(first[i]);
                b.Add(second[i]);
            }
        }

        return ([.. a], [.. b]);
    }

    // Scaling by a power of two changes no correlation and keeps squares in range.
    private static void Centre(double[] values)
    {
        double largest = values.Max(Math.Abs);
        int exponent = double.IsFinite(largest) && largest > 0 ? -Math.ILogB(largest) : 0;
        double mean = 0;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Math.ScaleB(values[i], exponent);
            mean += values[i];
        }

        mean /= values.Length;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] -= mean;
        }
    }

    private static long PairCount(long count) => count * (count - 1) / 2;

    private static long TiedPairs(ReadOnlySpan<double> sorted)
    {
        long pairs = 0;
        for (int start = 0; start < sorted.Length;)
        {
            int end = EndOfRun(sorted, start);
            pairs += PairCount(end - start);
            start = end;
        }

        return pairs;
    }

    private static int EndOfRun(ReadOnlySpan<double> sorted, int start)
    {
        int end = start + 1;
        while (end < sorted.Length && sorted[end] == sorted[start])
        {
            end++;
        }

        return end;
    }

    // Merge sort from the bottom up; each number that is passed by smaller ones is an inversion with each of them.
    private static long SortCountingInversions(double[] numbers)
    {
        long inversions = 0;
        double[] values = numbers;
        double[] target = new double[numbers.Length];
        for (long width = 1; width < values.Length; width *= 2)
        {
            for (long start = 0; start < values.Length; start += 2 * width)
            {
                int middle = (int)Math.Min(start + width, values.Length);
                int end = (int)Math.Min(start + (2 * width), values.Length);
                int left = (int)start;
                int right = middle;
                for (int i = (int)start; i < end; i++)
                {
                    bool takeLeft = left < middle && (right == end || values[left] <= values[right]);
                    inversions += takeLeft ? 0 : middle - left;
                    target[i] = takeLeft ? values[left++] : values[right++];
                }
            }

            (values, target) = (target, values);
        }

        values.CopyTo(numbers, 0);
        return inversions;
    }
}
