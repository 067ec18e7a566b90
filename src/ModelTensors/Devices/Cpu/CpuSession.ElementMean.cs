namespace ModelTensors.Devices.Cpu;

/// <content>The mean by weights of single elements.</content>
internal sealed unsafe partial class CpuSession
{
    private void RunElementMean(ElementWeightedMeanMap map, TensorSink output)
    {
        int[] inputs = [.. map.Terms.Select(term => term.Input)];
        int[] statistics = [.. map.Terms.Select(term => term.Statistics)];
        float[] weights = [.. map.Terms.Select(term => (float)term.Weight)];
        double sum = map.Terms.Sum(term => term.Weight);
        float[] shares = [.. map.Terms.Select(term => (float)(term.Weight / sum))];
        long[] unusable = new long[inputs.Length];
        Run(new Pass(Used(inputs.Concat(statistics), -1), output, 0), _ => (feed, _, _, count) =>
        {
            nint* vectors = stackalloc nint[inputs.Length];
            nint* own = stackalloc nint[inputs.Length];
            Gather(feed, inputs, vectors);
            Gather(feed, statistics, own);
            bool finite;
            fixed (float* factors = weights)
            fixed (float* quotients = shares)
            {
                finite = feed.Kernels.ElementMean((void**)vectors, (void**)own, factors, quotients, inputs.Length, feed.Result, count);
            }

            for (int j = 0; !finite && !feed.IsStored && j < inputs.Length; j++)
            {
                Interlocked.Add(ref unusable[j], CountUnusable(new ReadOnlySpan<float>((void*)own[j], count)));
            }

            return finite;
        });
        int worst = Array.FindIndex(unusable, found => found > 0);
        if (worst >= 0)
        {
            throw new UnusableStatisticsException(statistics[worst], unusable[worst]);
        }
    }

    private static long CountUnusable(ReadOnlySpan<float> statistics)
    {
        long sum = 0;
        foreach (float statistic in statistics)
        {
            sum += statistic >= 0 && float.IsFinite(statistic) ? 0 : 1;
        }

        return sum;
    }
}
