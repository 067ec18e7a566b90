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
    private readonly GroupShares _shares;
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
        _shares = new GroupShares(estimator, _players, _steps);
    }

    // One group has one value and costs nothing: two iterations say so.
    public override long? DrawCount => _estimator.Orders?.Count ?? _estimator.Iterations ?? (MaximumCost(0) == 0 ? 2 : null);

    public override long MaximumCost(long index) => _steps - 1 + _ends.Cost;

    public override async Task<(double[] Shares, int[] Steps)> DrawAsync(Draw draw, CancellationToken cancellationToken)
    {
        (double empty, double full) = await _ends.AtAsync(draw, cancellationToken).ConfigureAwait(false);
        int[][] groups = Groups(draw.Index);
        (double[] contributions, int known) = await _walk.ContributionsAsync(draw, groups, empty, full, cancellationToken).ConfigureAwait(false);
        return _shares.Of(groups, contributions, known, empty, full);
    }

    public override void Commit((double[] Shares, int[] Steps) sample) => _shares.Add(sample);

    public override Estimate Estimate() => _shares.ToEstimate();

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
}
