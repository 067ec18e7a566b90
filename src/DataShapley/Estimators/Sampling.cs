using DataShapley.Statistics;

namespace DataShapley.Estimators;

/// <summary>One run of a <see cref="SamplingEstimator{TSample}"/>: draws that are made in parallel and count in their order.</summary>
/// <typeparam name="TSample">What a draw gives.</typeparam>
public abstract class Sampling<TSample>
{
    /// <summary>Gets how many draws there are, or null where they never end.</summary>
    public virtual long? DrawCount => null;

    /// <summary>Gets how many values are estimated, for a run over some of the players.</summary>
    /// <value>Null by default: one for each player.</value>
    public virtual int? ValueCount => null;

    /// <summary>Gets whether nothing is known before the last draw: then a budget that does not pay for all of them is refused, and stopping rules are not asked.</summary>
    public virtual bool IsAllOrNothing => false;

    /// <summary>Gets whether a draw asks for one value after the other, so that only several draws keep several workers busy. It changes no result.</summary>
    public virtual bool IsSequential => false;

    /// <summary>Says how many values a draw asks for at most.</summary>
    /// <param name="index">The draw.</param>
    public abstract long MaximumCost(long index);

    /// <summary>Says how many draws must count already before one may begin, where it depends on what they gave.</summary>
    /// <param name="index">The draw.</param>
    /// <returns>At most <paramref name="index"/>; 0 by default.</returns>
    public virtual long MustFollow(long index) => 0;

    /// <summary>Makes a draw. Called in parallel; what it gives depends on the index alone, and on the draws that <see cref="MustFollow"/> names.</summary>
    /// <param name="draw">The draw's number and its evaluations.</param>
    /// <param name="cancellationToken">Stops the draw.</param>
    public abstract Task<TSample> DrawAsync(Draw draw, CancellationToken cancellationToken);

    /// <summary>Lets a draw count. Called in the order of the draws by one thread at a time. What needs a NaN, as left-out evaluations give it, is not counted.</summary>
    /// <param name="sample">What the draw gave.</param>
    public abstract void Commit(TSample sample);

    /// <summary>Reads what is known.</summary>
    public abstract Estimate Estimate();

    /// <summary>Reads the sample of each player in a draw, independent of other draws: for bootstrap intervals and rules that compare chains.</summary>
    /// <param name="sample">What the draw gave.</param>
    /// <returns>A number for each player, NaN where there is none; empty where draws have no such samples.</returns>
    public virtual ReadOnlySpan<double> Contributions(TSample sample) => default;
}
