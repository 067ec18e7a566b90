using ModelTensors.Kernels;

namespace ModelTensors.Devices;

/// <summary>An exact selection of the elements of largest key: all above a threshold, and so many of those that tie with it.</summary>
public sealed class ElementSelection
{
    private readonly long[] _tiesBefore;
    private readonly long _step;

    internal ElementSelection(SelectionKey key, uint thresholdBits, long above, long ties, long tiesKept, TieRule rule, long[] tiesBefore)
    {
        Key = key;
        ThresholdBits = thresholdBits;
        Above = above;
        Ties = ties;
        TiesKept = tiesKept;
        _tiesBefore = tiesBefore;
        _step = rule == TieRule.LowestIndex ? 1 : CoprimeNearGoldenSection(ties);
    }

    /// <summary>Gets what the selection compared.</summary>
    public SelectionKey Key { get; }

    /// <summary>Gets the threshold: the smallest key kept.</summary>
    public float Threshold => BitConverter.UInt32BitsToSingle(ThresholdBits);

    /// <summary>Gets the number of elements above the threshold, all of which are kept. NaN counts as above everything.</summary>
    public long Above { get; }

    /// <summary>Gets the number of elements that equal the threshold.</summary>
    public long Ties { get; }

    /// <summary>Gets how many of the <see cref="Ties"/> are kept.</summary>
    public long TiesKept { get; }

    /// <summary>Gets the number of elements kept.</summary>
    public long Kept => Above + TiesKept;

    internal uint ThresholdBits { get; }

    /// <summary>Gets whether no tie has to be decided.</summary>
    internal bool KeepsAllTies => TiesKept == Ties;

    internal TieCursor CursorAt(int segment) => new(_step, 0, Ties, TiesKept, _tiesBefore[segment]);

    // Multiples of the golden section fall evenly into any interval; being coprime makes them a permutation of the residues.
    private static long CoprimeNearGoldenSection(long total)
    {
        const double goldenSection = 0.6180339887498949;
        long step = Math.Max(1, (long)(total * goldenSection));
        while (System.Numerics.BigInteger.GreatestCommonDivisor(step, total) != 1)
        {
            step++;
        }

        return step;
    }
}
