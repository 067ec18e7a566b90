namespace DataShapley.Estimators;

/// <summary>Sizes of coalitions with given chances.</summary>
internal sealed class SizeSampler
{
    // Multiples of the golden ratio, mod 1, fill [0, 1) more evenly than random numbers: each size comes as often as it should at any time.
    private const double GoldenRatio = 0.61803398874989485;

    private readonly double[] _cumulative;
    private readonly int _first;

    public SizeSampler(int first, int last, Func<int, double> weight)
    {
        _first = first;
        _cumulative = new double[last - first + 1];
        double sum = 0;
        for (int i = 0; i < _cumulative.Length; i++)
        {
            _cumulative[i] = sum += weight(first + i);
        }
    }

    /// <summary>Gets the chances that balance how often each player is on the smaller side: ∝ 1 / min(s, n − s), and 1 for nobody and everybody.</summary>
    public static SizeSampler Balanced(int first, int last, int playerCount) => new(first, last, size => 1.0 / Math.Max(1, Math.Min(size, playerCount - size)));

    /// <summary>Finds the size at a share of the chances.</summary>
    /// <param name="share">In [0, 1): uniform numbers give sizes at their chances.</param>
    public int At(double share)
    {
        int found = Array.BinarySearch(_cumulative, share * _cumulative[^1]);
        return _first + Math.Min(found >= 0 ? found + 1 : ~found, _cumulative.Length - 1);
    }

    /// <summary>Finds the size of a draw, so that any stretch of draws has each size in its proportion.</summary>
    public int OfDraw(long index, double start)
    {
        double share = start + (index * GoldenRatio);
        return At(share - Math.Floor(share));
    }
}
