namespace ModelTensors.Devices.Cpu;

/// <content>Passes that depend on how far single elements are from an origin.</content>
internal sealed unsafe partial class CpuSession
{
    public override IReadOnlyList<ActivityCounts> CountActive(IReadOnlyList<int> inputs, int origin, double epsilon)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        CheckEpsilon(epsilon);
        int[] models = [.. inputs];
        long[] unique = new long[models.Length];
        long[] active = new long[models.Length];
        Run(new Pass(Used(models, origin), null, 0), _ => (feed, _, _, count) =>
        {
            nint* vectors = stackalloc nint[models.Length];
            long* alone = stackalloc long[models.Length];
            long* all = stackalloc long[models.Length];
            Gather(feed, models, vectors);
            bool finite = feed.Kernels.CountActive(feed.Input(origin), (void**)vectors, models.Length, (float)epsilon, alone, all, count);
            for (int i = 0; (finite || !feed.IsStored) && i < models.Length; i++)
            {
                Interlocked.Add(ref unique[i], alone[i]);
                Interlocked.Add(ref active[i], all[i]);
            }

            return finite;
        });

        return [.. unique.Zip(active, (alone, all) => new ActivityCounts(alone, all - alone))];
    }

    private void RunActiveMean(ActiveMeanMap map, TensorSink output)
    {
        CheckEpsilon(map.Epsilon);
        int[] inputs = [.. map.Terms.Select(term => term.Input)];
        float[] scales = [.. map.Terms.Select(term => (float)term.Scale)];
        Run(new Pass(Used(inputs, map.Origin), output, 0) { Run = DenseRun }, _ => (feed, _, _, count) =>
        {
            nint* vectors = stackalloc nint[inputs.Length];
            Gather(feed, inputs, vectors);
            fixed (float* factors = scales)
            {
                return feed.Kernels.ActiveMean(feed.Input(map.Origin), (void**)vectors, factors, scales.Length, (float)map.Epsilon, feed.Result, count);
            }
        });
    }

    private void RunNearSwap(NearSwapMap map, TensorSink output)
    {
        float distance = (float)Math.Max(0, map.Distance);
        Run(new Pass(Used([map.Input], map.Origin), output, 0) { Run = DenseRun }, _ => (feed, _, _, count) =>
            feed.Kernels.NearSwap(feed.Input(map.Origin), feed.Input(map.Input), distance, feed.Result, count));
    }

    private static void CheckEpsilon(double epsilon)
    {
        if (!(epsilon >= 0))
        {
            throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, "The magnitude that differences must exceed is 0 or more.");
        }
    }
}
