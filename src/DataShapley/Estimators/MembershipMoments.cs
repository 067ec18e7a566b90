using DataShapley.Games;

namespace DataShapley.Estimators;

/// <summary>For each player, the moments of the values of the coalitions with the player and of those without.</summary>
internal sealed class MembershipMoments(int playerCount)
{
    private readonly MembershipSums _with = new(playerCount, columns: 2);
    private long _count;
    private double _shift;
    private double _sum;
    private double _squares;

    /// <summary>Gets the moments of all values.</summary>
    public SampleMoments All => SampleMoments.FromSums(_count, _sum, _squares, _shift);

    public void Add(Coalition coalition, double value)
    {
        if (double.IsNaN(value))
        {
            return;
        }

        // Values are counted from the first one: a large constant in all of them costs no digits.
        _shift = _count == 0 ? value : _shift;
        double distance = value - _shift;
        double square = distance * distance;
        _count++;
        _sum += distance;
        _squares += square;
        _with.Add(coalition.Words, [distance, square]);
    }

    public SampleMoments With(int player) => SampleMoments.FromSums(_with.Count(player), _with.Sum(0, player), _with.Sum(1, player), _shift);

    public SampleMoments Without(int player) =>
        SampleMoments.FromSums(_count - _with.Count(player), _sum - _with.Sum(0, player), _squares - _with.Sum(1, player), _shift);
}
