using DataShapley.Statistics;

namespace DataShapley.Stopping;

/// <summary>What was known a while ago. It moves on only when every player has more samples, so that a check after few of them does not look like agreement.</summary>
internal sealed class SweepSnapshot(long updates, double growth)
{
    private double[]? _values;
    private long[] _counts = [];

    /// <summary>Compares what is known with what was, where every player's samples have grown enough since; else says nothing.</summary>
    public double? Compare(Estimate now, Func<double[], double[], double> compare)
    {
        if (_values is null)
        {
            if (now.Counts.Min() >= updates && Array.TrueForAll(now.Values, double.IsFinite))
            {
                Take(now);
            }

            return null;
        }

        for (int i = 0; i < _counts.Length; i++)
        {
            if (now.Counts[i] - _counts[i] < Math.Max(updates, growth * _counts[i]))
            {
                return null;
            }
        }

        double result = compare(now.Values, _values);
        Take(now);
        return result;
    }

    private void Take(Estimate now)
    {
        _values = [.. now.Values];
        _counts = [.. now.Counts];
    }
}
