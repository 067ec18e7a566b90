using DataShapley.Estimators.Allocations;

namespace DataShapley.Estimators;

/// <summary>Which size each sample of a player has: each size of the plan once, then the rest of their numbers evenly mixed, then the plan again and again.</summary>
/// <remarks>A size whose only coalition is known exactly has one sample and does not come back.</remarks>
internal sealed class SizePlan
{
    // An entry takes four bytes.
    public const long MostSamples = 1 << 26;

    // A sum that is a whole number but for rounding is not rounded up.
    private const double Rounding = 1e-6;

    private readonly int[] _first;
    private readonly int[] _again;

    public SizePlan(long[] counts, bool[] isExact)
    {
        int[] planned = [.. Enumerable.Range(0, counts.Length).Where(size => counts[size] > 0)];
        Sizes = planned;
        _first = [.. planned, .. Mix(counts, isExact, from: 1)];
        _again = Mix(counts, isExact, from: 0);
    }

    /// <summary>Gets the sizes that have samples.</summary>
    public IReadOnlyList<int> Sizes { get; }

    /// <summary>Gets how many samples a player has, or null where the plan begins again.</summary>
    public int? Length => _again.Length == 0 ? _first.Length : null;

    public int this[long sample] => sample < _first.Length ? _first[sample] : _again[(sample - _first.Length) % _again.Length];

    /// <summary>Divides samples: rounded down, then one more for the largest remainders, lower sizes first where they tie.</summary>
    public static long[] Divide(double[] exact, long total)
    {
        long[] counts = [.. exact.Select(count => (long)Math.Floor(count))];
        int left = (int)Math.Clamp(total - counts.Sum(), 0, counts.Length);
        foreach (int size in Enumerable.Range(0, exact.Length).OrderByDescending(size => exact[size] - Math.Floor(exact[size])).Take(left))
        {
            counts[size]++;
        }

        return counts;
    }

    /// <summary>Computes how many samples each size has.</summary>
    /// <param name="allocation">How they are divided.</param>
    /// <param name="weights">The weights of the semivalue: a size without weight has no sample.</param>
    /// <param name="total">How many there are, or null for the least number at which the rarest size has one.</param>
    public static long[] Counts(SizeAllocation allocation, double[] weights, long? total)
    {
        double[] shares = [.. weights.Select((weight, size) => weight > 0 ? allocation.Weight(weights.Length, size) : 0)];
        double sum = shares.Sum();
        if (!double.IsFinite(sum) || shares.Where((share, size) => weights[size] > 0 && !(share > 0)).Any())
        {
            throw new ValuationException(ValuationError.UnsuitableSettings, $"With {weights.Length} players, {allocation} gives a size that counts a weight that is not above zero and finite.");
        }

        // Divided by the least first, so that the rarest size has 1 to the bit.
        double scale = total is null ? (allocation.IsAbsolute ? 1 : shares.Where(share => share > 0).Min()) : sum / total.Value;
        double[] exact = [.. shares.Select(share => share / scale)];
        double all = exact.Sum();
        return all <= MostSamples
            ? Divide(exact, total ?? (long)Math.Ceiling(all - Rounding))
            : throw new ValuationException(ValuationError.TooManyPlayers, $"The plan of {allocation} has {all:F0} samples for each of {weights.Length} players; it may have {MostSamples}. Set SamplesPerPlayer.");
    }

    private static int[] Mix(long[] counts, bool[] isExact, int from) =>
    [
        .. Enumerable.Range(0, counts.Length)
            .Where(size => !isExact[size])
            .SelectMany(size => Enumerable.Range(from, (int)Math.Max(0, counts[size] - from)).Select(turn => (Size: size, Place: (turn + 0.5) / counts[size])))
            .OrderBy(entry => entry.Place)
            .ThenBy(entry => entry.Size)
            .Select(entry => entry.Size),
    ];
}
