using DataShapley.Games;
using DataShapley.Statistics;

namespace DataShapley.Estimators;

/// <summary>One run of <see cref="GroupRemovalEstimator"/>.</summary>
internal sealed class GroupRemovalRun : Sampling<(double[] Shares, int[] Steps)>
{
    private readonly GroupRemovalEstimator _estimator;
    private readonly Ends _ends;
    private readonly GroupWalk _walk;
    private readonly RandomStreams _random;
    private readonly PlayerMoments _moments;
    private readonly List<(double[] Shares, int[] Steps)> _samples = [];
    private readonly int _players;
    private readonly int _size;
    private readonly int _steps;

    public GroupRemovalRun(GroupRemovalEstimator estimator, EstimationContext context, Ends ends, int size)
    {
        _estimator = estimator;
        _ends = ends;
        _size = size;
        _players = context.PlayerCount;
        _steps = estimator.Groups?.Count ?? (((_players - 1) / size) + 1);
        _walk = new GroupWalk(_players, estimator.Direction, estimator.Truncation, isSingle: _steps == _players);
        _random = context.Random(estimator.Name);
        _moments = new PlayerMoments(_players);
    }

    // One group has one value and costs nothing: two iterations say so.
    public override long? DrawCount => _estimator.Orders?.Count ?? _estimator.Iterations ?? (MaximumCost(0) == 0 ? 2 : null);

    public override long MaximumCost(long index) => _steps - 1 + _ends.Cost;

    public override async Task<(double[] Shares, int[] Steps)> DrawAsync(Draw draw, CancellationToken cancellationToken)
    {
        (double empty, double full) = await _ends.AtAsync(draw, cancellationToken).ConfigureAwait(false);
        int[][] groups = Groups(draw.Index);
        (double[] contributions, int known) = await _walk.ContributionsAsync(draw, groups, empty, full, cancellationToken).ConfigureAwait(false);
        double[] shares = new double[_players];
        int[] steps = new int[_players];
        int left = groups.Skip(known).Sum(group => group.Length);
        for (int step = 0; step < groups.Length; step++)
        {
            // After a truncation the rest shares the rest.
            double share = step < known ? contributions[step] / groups[step].Length : contributions[known] / left;
            foreach (int player in groups[step])
            {
                shares[player] = _estimator.SumsContributions ? share * groups[step].Length : share;
                steps[player] = step;
            }
        }

        if (_estimator.Debias)
        {
            double mean = (full - empty) / _players;
            double factor = (_players - 1.0) / (_steps - 1);
            for (int i = 0; i < shares.Length; i++)
            {
                shares[i] = mean + ((shares[i] - mean) * factor);
            }
        }

        return (shares, steps);
    }

    public override void Commit((double[] Shares, int[] Steps) sample)
    {
        for (int i = 0; i < _players; i++)
        {
            _moments.Add(i, sample.Shares[i]);
        }

        if (_estimator.Centre)
        {
            _samples.Add(sample);
        }
    }

    public override Estimate Estimate()
    {
        Estimate estimate = _samples.Count > 1 ? Centred().ToEstimate() : _moments.ToEstimate();
        return _estimator.SumsContributions
            ? estimate with
            {
                Values = [.. estimate.Values.Select((value, i) => value * estimate.Counts[i])],
                StandardErrors = [.. estimate.StandardErrors.Select((error, i) => error * estimate.Counts[i])],
            }
            : estimate;
    }

    // Centred samples are not independent: there are none for the bootstrap.
    public override ReadOnlySpan<double> Contributions((double[] Shares, int[] Steps) sample) => _estimator.Centre ? default : sample.Shares;

    private int[][] Groups(long index)
    {
        if (_estimator.Groups is { } groups)
        {
            return [.. _random.At(index).NextPermutation(groups.Count).Select(group => groups[group])];
        }

        int[] order = _estimator.Orders?[(int)index] ?? _random.At(index).NextPermutation(_players);
        return [.. order.Chunk(_size)];
    }

    // Each player is as likely at a step as any other: the means of the steps are a control variate whose own expectation is known.
    // A share counts in its step's mean; k/(k − 1) undoes that.
    private PlayerMoments Centred()
    {
        PlayerMoments steps = new(_steps);
        long[] members = new long[_steps];
        foreach ((double[] shares, int[] stepOf) in _samples)
        {
            HashSet<int> seen = [];
            for (int i = 0; i < _players; i++)
            {
                members[stepOf[i]]++;
                if (seen.Add(stepOf[i]))
                {
                    steps.Add(stepOf[i], shares[i]);
                }
            }
        }

        double mean = 0;
        for (int step = 0; step < _steps; step++)
        {
            double chance = _estimator.Groups is null ? (double)members[step] / ((long)_samples.Count * _players) : 1.0 / _steps;
            mean += chance * steps.Means[step];
        }

        PlayerMoments centred = new(_players);
        foreach ((double[] shares, int[] stepOf) in _samples)
        {
            for (int i = 0; i < _players; i++)
            {
                double iterations = steps.Counts[stepOf[i]];
                centred.Add(i, iterations < 2 ? double.NaN : ((shares[i] - steps.Means[stepOf[i]]) * (iterations / (iterations - 1))) + mean);
            }
        }

        return centred;
    }
}
