using DataShapley.Games;
using MathNet.Numerics.Distributions;

namespace DataShapley.Statistics;

/// <summary>The bootstrap of a mean: draws are drawn anew, whole and with replacement, so that what players share stays shared. Needs the samples that <see cref="ValuationRecipe.KeepSamples"/> keeps.</summary>
/// <remarks>Efron, "Better bootstrap confidence intervals" (1987). Costs resamples × draws × players additions.</remarks>
public sealed record BootstrapIntervals : IntervalMethod
{
    // Means of so many players are held at once; the draws that they share are drawn anew for the next.
    private const int PlayersAtOnce = 64;

    private const double MeanTolerance = 1e-9;

    /// <summary>Gets how an interval is read from the means.</summary>
    /// <value>Bias-corrected and accelerated by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">There is no such kind.</exception>
    public BootstrapKind Kind
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "There is no such bootstrap.");
    }

    /// <summary>Gets how often the draws are drawn anew.</summary>
    /// <value>100 or more; 2,000 by default. Few are too few for intervals at once over many players, which ask for far quantiles.</value>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer than 100.</exception>
    public int Resamples
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 100);
            field = value;
        }
    } = 2000;

    /// <summary>Gets the seed.</summary>
    /// <value>0 by default.</value>
    public ulong Seed { get; init; }

    private protected override void Fill(ValuationResult result, double alpha, List<int> players, Interval[] intervals)
    {
        if (result.Samples.Count == 0)
        {
            throw new ValuationException(
                ValuationError.MissingSamples,
                $"The bootstrap needs the samples of each draw, and this result of '{result.Estimator}' has none. Set KeepSamples in the recipe; if that is set, the estimator has no samples of single players: use IntervalMethod.StudentT.");
        }

        foreach (int[] block in players.Chunk(PlayersAtOnce))
        {
            FillBlock(result, alpha, block, intervals);
        }
    }

    private void FillBlock(ValuationResult result, double alpha, int[] players, Interval[] intervals)
    {
        double[][] means = Resample(result.Samples, players);
        for (int p = 0; p < players.Length; p++)
        {
            int player = players[p];
            double[] samples = [.. result.Samples.Select(row => row[player]).Where(double.IsFinite)];
            CheckMean(result, player, samples);
            if (samples.Length < 2 || double.IsNaN(means[p][0]))
            {
                intervals[player] = Interval.Unknown;
                continue;
            }

            Array.Sort(means[p]);
            (double low, double high) = Kind == BootstrapKind.Percentile ? (alpha / 2, 1 - (alpha / 2)) : Corrected(samples, means[p], result.Values[player], alpha);
            intervals[player] = new Interval(Quantile(means[p], low), Quantile(means[p], high));
        }
    }

    // A resample without a single sample of a player says nothing of him: the interval is then unknown, which the first mean shows.
    private double[][] Resample(IReadOnlyList<double[]> rows, int[] players)
    {
        RandomStreams random = new(Seed, "bootstrap");
        double[][] means = [.. players.Select(_ => new double[Resamples])];
        int[] times = new int[rows.Count];
        for (int b = 0; b < Resamples; b++)
        {
            RandomSequence sequence = random.At(b);
            Array.Clear(times);
            for (int i = 0; i < times.Length; i++)
            {
                times[sequence.NextBelow(times.Length)]++;
            }

            for (int p = 0; p < players.Length; p++)
            {
                means[p][b] = Mean(rows, times, players[p]);
                if (double.IsNaN(means[p][b]))
                {
                    means[p][0] = double.NaN;
                }
            }
        }

        return means;
    }

    private static double Mean(IReadOnlyList<double[]> rows, int[] times, int player)
    {
        double sum = 0;
        long count = 0;
        for (int i = 0; i < times.Length; i++)
        {
            double sample = rows[i][player];
            if (times[i] > 0 && !double.IsNaN(sample))
            {
                sum = Math.FusedMultiplyAdd(times[i], sample, sum);
                count += times[i];
            }
        }

        return sum / count;
    }

    private static void CheckMean(ValuationResult result, int player, double[] samples)
    {
        double mean = samples.Length == 0 ? double.NaN : samples.Average();
        double scale = samples.Length == 0 ? 0 : samples.Max(Math.Abs);
        if (!(Math.Abs(mean - result.Values[player]) <= MeanTolerance * scale))
        {
            throw new ValuationException(
                ValuationError.UnsuitableIntervals,
                $"The value of player {player} is {result.Values[player]:R}, the mean of the samples {mean:R}: '{result.Estimator}' is no mean of its samples, and the bootstrap of a mean does not apply. Use IntervalMethod.StudentT.");
        }
    }

    // The levels at which bootstrap means are read: shifted by their median bias z₀, and by the skewness a of the samples, which the jackknife finds.
    private static (double Low, double High) Corrected(double[] samples, double[] means, double value, double alpha)
    {
        double mean = samples.Average();
        double squares = 0;
        double cubes = 0;
        foreach (double sample in samples)
        {
            double deviation = sample - mean;
            squares += deviation * deviation;
            cubes += deviation * deviation * deviation;
        }

        if (squares == 0)
        {
            return (alpha / 2, 1 - (alpha / 2));
        }

        double below = means.Count(m => m < value) + (means.Count(m => m == value) / 2.0);
        double bias = Normal.InvCDF(0, 1, Math.Clamp(below / means.Length, 0.5 / means.Length, 1 - (0.5 / means.Length)));
        double acceleration = cubes / (6 * Math.Pow(squares, 1.5));
        return (Level(Normal.InvCDF(0, 1, alpha / 2)), Level(-Normal.InvCDF(0, 1, alpha / 2)));

        double Level(double z)
        {
            double shifted = bias + z;
            return Normal.CDF(0, 1, bias + (shifted / (1 - (acceleration * shifted))));
        }
    }

    private static double Quantile(double[] sorted, double level)
    {
        double position = level * (sorted.Length - 1);
        int before = (int)position;
        return before + 1 >= sorted.Length ? sorted[^1] : sorted[before] + ((position - before) * (sorted[before + 1] - sorted[before]));
    }
}
