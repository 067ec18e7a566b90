using System.Diagnostics;
using ModelRuntime.Decoders;
using ModelRuntime.Decoders.Mixtures;

namespace ModelRuntime.Benchmarks;

/// <summary>Forward passes of mixtures of eight experts, two of which compute, beside the dense model that has as many weights at work.</summary>
internal static class MixtureRatios
{
    private const int Experts = 8;
    private const int Chosen = 2;
    private const int Count = 7;

    public static void Run(int threads, bool isQuick)
    {
        Rounds.Write($"Forward passes of mixtures, {Chosen} of {Experts} experts, {threads} threads, medians of interleaved rounds; a ratio is of the same round.");
        Rounds.Write($"");
        Rounds.Write($"| model | level | tokens | seconds | dense, same active weights | ratio |");
        Rounds.Write($"|---|---|---:|---:|---:|---:|");
        foreach (Shape shape in isQuick ? [Shape.Tiny] : (Shape[])[Shape.Zoo, Shape.Small])
        {
            // A batch of some sequences, so that experts which are whole layers get some each.
            int sequences = Math.Max(8, shape.Sequences);
            TokenBatch batch = (shape with { Sequences = sequences, Length = Math.Max(1, shape.Tokens / sequences) }).Batch();
            foreach (ExpertLevel level in Enum.GetValues<ExpertLevel>())
            {
                // Two feed-forward blocks side by side are one of twice the width; two whole layers, the same in twice as many layers.
                bool mixesBlocks = level == ExpertLevel.FeedForward;
                DecoderConfig dense = mixesBlocks
                    ? shape.Config with { IntermediateSize = Chosen * shape.Config.IntermediateSize }
                    : shape.Config with { LayerCount = Chosen * shape.Config.LayerCount };
                DecoderConfig mixture = shape.Config with { Mixture = new MixtureConfig { Level = level, ExpertCount = Experts, ChosenCount = Chosen } };
                using DecoderModel left = DecoderModel.Create(mixture, 1, new RuntimeOptions { Threads = threads });
                using DecoderModel right = DecoderModel.Create(dense, 1, new RuntimeOptions { Threads = threads });
                (double seconds, double other, double ratio) = Measure(() => left.Forward(batch).Dispose(), () => right.Forward(batch).Dispose());
                Rounds.Write($"| {shape.Name} | {level} | {sequences} x {batch.LengthOf(0)} | {seconds:F4} | {other:F4} | {ratio:F2} |");
            }
        }
    }

    private static (double Left, double Right, double Ratio) Measure(Action left, Action right)
    {
        List<(double Left, double Right)> rounds = [];
        for (int round = -1; round < Count; round++)
        {
            (double, double) times = (Time(left), Time(right));
            if (round >= 0)
            {
                rounds.Add(times);
            }
        }

        return (Median(rounds.Select(times => times.Left)), Median(rounds.Select(times => times.Right)), Median(rounds.Select(times => times.Left / times.Right)));
    }

    private static double Time(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        int repeats = 0;
        do
        {
            work();
            repeats++;
        }
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < 0.2);

        return Stopwatch.GetElapsedTime(start).TotalSeconds / repeats;
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(Count / 2);
}
