using DataShapley.Games;
using DataShapley.Statistics;

namespace DataShapley.Estimators;

/// <summary>Means and variances of each player's contributions by the size of the coalition; their weighted sum is the value.</summary>
/// <remarks>The error is that of a sum of independent means, its degrees of freedom Satterthwaite's. A size whose only coalition was evaluated without noise has no error.</remarks>
internal sealed class StrataMoments
{
    private readonly PlayerMoments[] _sizes;
    private readonly int[] _planned;
    private readonly double[] _weights;
    private readonly bool[] _isExact;
    private readonly int _players;

    public StrataMoments(int players, IReadOnlyList<int> planned, double[] weights, bool[] isExact)
    {
        _players = players;
        _planned = [.. planned];
        _weights = weights;
        _isExact = isExact;
        _sizes = [.. _planned.Select(_ => new PlayerMoments(players))];
    }

    public void Add(int player, int size, double contribution) => _sizes[Array.BinarySearch(_planned, size)].Add(player, contribution);

    public Estimate ToEstimate()
    {
        double[] values = new double[_players];
        double[] errors = new double[_players];
        double[] degrees = new double[_players];
        long[] counts = new long[_players];
        for (int player = 0; player < _players; player++)
        {
            double variance = 0;
            double ofVariance = 0;
            long free = 0;
            for (int i = 0; i < _planned.Length; i++)
            {
                double weight = _weights[_planned[i]];
                long count = _sizes[i].Counts[player];
                values[player] += weight * _sizes[i].Means[player];
                counts[player] += count;
                if (count == 0 || (count == 1 && !_isExact[_planned[i]]))
                {
                    variance = double.PositiveInfinity;
                }
                else if (!_isExact[_planned[i]])
                {
                    double part = weight * weight * _sizes[i].Variance(player) / count;
                    variance += part;
                    ofVariance += part * part / (count - 1);
                    free += count - 1;
                }
            }

            errors[player] = Math.Sqrt(variance);
            degrees[player] = double.IsInfinity(variance) ? 0 : ofVariance > 0 ? variance * variance / ofVariance : free > 0 ? free : double.PositiveInfinity;
        }

        return new Estimate(values, errors, counts) { DegreesOfFreedom = degrees };
    }
}
