using DataShapley.Datasets;
using DataShapley.Games;
using DataShapley.Utilities;

namespace DataShapley.Benchmarks;

/// <summary>What utilities without a language model cost: 1,000 points of 20 features, coalitions of about half of them, 200 test points.</summary>
internal static class ProbeCost
{
    private const int Dimension = 20;

    public static void Run(int threads, bool isQuick)
    {
        int points = isQuick ? 100 : 1000;
        int count = isQuick ? 5 : 200;
        CostTable.Begin(threads);
        foreach (int workers in (int[])[1, threads])
        {
            CostTable.Measure("softmax probe of 2 classes", workers, () => Evaluate(new SoftmaxProbeUtility(Points(points, 2, 0), Points(200, 2, 1)), count, workers));
            CostTable.Measure("softmax probe of 5 classes", workers, () => Evaluate(new SoftmaxProbeUtility(Points(points, 5, 0), Points(200, 5, 1)), count / 5, workers));
            CostTable.Measure("linear probe", workers, () => Evaluate(new LinearProbeUtility(Targets(points, 0), Targets(200, 1)), count, workers));
            KnnUtility neighbors = new(Points(points, 2, 0), Points(200, 2, 1));
            CostTable.Measure("5 neighbours, anew", workers, () => Evaluate(neighbors, count, workers));
            CostTable.Measure("5 neighbours, growing", workers, () => Grow(neighbors, isQuick ? 2 : 50, workers));
        }
    }

    private static long Evaluate(IUtility utility, int count, int workers)
    {
        using UtilityEvaluator evaluator = new(utility, new EvaluationOptions { Workers = workers });
        RandomStreams random = new(1, "coalitions");
        evaluator.EvaluateAsync([.. Enumerable.Range(0, count).Select(i => new UtilityRequest(random.At(i).NextBernoulli(utility.PlayerCount, 0.5), 0, 0))]).GetAwaiter().GetResult();
        return count;
    }

    private static long Grow(KnnUtility utility, int orders, int workers)
    {
        using UtilityEvaluator evaluator = new(utility, new EvaluationOptions { Workers = workers });
        Parallel.For(0, orders, new ParallelOptions { MaxDegreeOfParallelism = workers }, i =>
            evaluator.GrowAsync(new RandomStreams(1, "orders").At(i).NextPermutation(utility.PlayerCount), _ => 0).GetAwaiter().GetResult());
        return evaluator.Counts.Requested;
    }

    private static LabeledPoints Points(int count, int classes, long stream)
    {
        RandomSequence random = new RandomStreams(1, "points").At(stream);
        int[] labels = [.. Enumerable.Range(0, count).Select(_ => random.NextBelow(classes))];
        float[] features = [.. Enumerable.Range(0, count * Dimension).Select(i => (float)(random.NextGaussian() + (i % Dimension % classes == labels[i / Dimension] ? 0.5 : 0)))];
        return new LabeledPoints(features, Dimension, labels);
    }

    private static TargetPoints Targets(int count, long stream)
    {
        RandomSequence random = new RandomStreams(1, "targets").At(stream);
        float[] features = [.. Enumerable.Range(0, count * Dimension).Select(_ => (float)random.NextGaussian())];
        return new TargetPoints(features, Dimension, Enumerable.Range(0, count).Select(i => features[i * Dimension] + (float)random.NextGaussian()).ToArray());
    }
}
