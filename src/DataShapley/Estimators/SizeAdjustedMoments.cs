using DataShapley.Games;

namespace DataShapley.Estimators;

/// <summary>As <see cref="MembershipMoments"/>, of values less what their regression on the size explains.</summary>
internal sealed class SizeAdjustedMoments(int playerCount, double meanSize)
{
    private const int Columns = 5;

    private readonly MembershipSums _with = new(playerCount, Columns);
    private readonly double[] _all = new double[Columns];
    private long _count;
    private double _shift;

    /// <summary>Gets the slope of the regression of the value on the size; 0 where sizes do not vary.</summary>
    public double Slope
    {
        get
        {
            double spread = _all[3] - (_all[2] * _all[2] / _count);
            return spread > 0 ? (_all[4] - (_all[0] * _all[2] / _count)) / spread : 0;
        }
    }

    public void Add(Coalition coalition, double value)
    {
        if (double.IsNaN(value))
        {
            return;
        }

        _shift = _count == 0 ? value : _shift;
        double distance = value - _shift;
        double size = coalition.Size - meanSize;
        ReadOnlySpan<double> numbers = [distance, distance * distance, size, size * size, distance * size];
        _count++;
        for (int i = 0; i < Columns; i++)
        {
            _all[i] += numbers[i];
        }

        _with.Add(coalition.Words, numbers);
    }

    public SampleMoments With(int player, double slope)
    {
        Span<double> sums = stackalloc double[Columns];
        for (int i = 0; i < Columns; i++)
        {
            sums[i] = _with.Sum(i, player);
        }

        return Moments(_with.Count(player), sums, slope);
    }

    public SampleMoments Without(int player, double slope)
    {
        Span<double> sums = stackalloc double[Columns];
        for (int i = 0; i < Columns; i++)
        {
            sums[i] = _all[i] - _with.Sum(i, player);
        }

        return Moments(_count - _with.Count(player), sums, slope);
    }

    private SampleMoments Moments(long count, ReadOnlySpan<double> sums, double slope) => SampleMoments.FromSums(
        count, sums[0] - (slope * sums[2]), sums[1] - (2 * slope * sums[4]) + (slope * slope * sums[3]), _shift);
}
