namespace DataShapley.Statistics;

/// <summary>Running means and variances of each player's samples (Welford), merged exactly (Chan).</summary>
public sealed class PlayerMoments
{
    private readonly long[] _counts;
    private readonly double[] _means;
    private readonly double[] _squares;

    /// <summary>Creates moments without samples.</summary>
    /// <param name="playerCount">The number of players.</param>
    public PlayerMoments(int playerCount)
    {
        _counts = new long[playerCount];
        _means = new double[playerCount];
        _squares = new double[playerCount];
    }

    /// <summary>Gets the number of samples of each player.</summary>
    public ReadOnlySpan<long> Counts => _counts;

    /// <summary>Gets the mean of each player's samples; 0 without any.</summary>
    public ReadOnlySpan<double> Means => _means;

    /// <summary>Adds a sample.</summary>
    /// <param name="player">The player.</param>
    /// <param name="sample">The sample; NaN, as skipped evaluations leave it, is not counted.</param>
    public void Add(int player, double sample)
    {
        if (double.IsNaN(sample))
        {
            return;
        }

        double delta = sample - _means[player];
        _means[player] += delta / ++_counts[player];
        _squares[player] += delta * (sample - _means[player]);
    }

    /// <summary>Adds the samples of others.</summary>
    /// <param name="other">Their moments, of as many players.</param>
    public void Merge(PlayerMoments other)
    {
        ArgumentNullException.ThrowIfNull(other);
        ArgumentOutOfRangeException.ThrowIfNotEqual(other._counts.Length, _counts.Length);
        for (int i = 0; i < _counts.Length; i++)
        {
            if (other._counts[i] == 0)
            {
                continue;
            }

            double total = _counts[i] + other._counts[i];
            double delta = other._means[i] - _means[i];
            _means[i] += delta * (other._counts[i] / total);
            _squares[i] += other._squares[i] + (delta * delta * (_counts[i] / total) * other._counts[i]);
            _counts[i] += other._counts[i];
        }
    }

    /// <summary>Computes the variance of a player's samples, with n − 1 in the denominator.</summary>
    /// <param name="player">The player.</param>
    /// <returns>NaN below two samples.</returns>
    public double Variance(int player) => _counts[player] < 2 ? double.NaN : _squares[player] / (_counts[player] - 1);

    /// <summary>Computes the standard error of a player's mean.</summary>
    /// <param name="player">The player.</param>
    /// <returns>+∞ below two samples: nothing is known.</returns>
    public double StandardError(int player) => _counts[player] < 2 ? double.PositiveInfinity : Math.Sqrt(Variance(player) / _counts[player]);

    /// <summary>Reads the moments as an estimate: means, standard errors, n − 1 degrees of freedom.</summary>
    public Estimate ToEstimate() => new(
        [.. _means],
        [.. Enumerable.Range(0, _counts.Length).Select(StandardError)],
        [.. _counts])
    {
        Variances = [.. Enumerable.Range(0, _counts.Length).Select(Variance)],
        DegreesOfFreedom = [.. _counts.Select(count => Math.Max(0.0, count - 1))],
    };
}
