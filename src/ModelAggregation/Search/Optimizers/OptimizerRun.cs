namespace ModelAggregation.Search.Optimizers;

/// <summary>A run of an <see cref="Optimizer"/>: points are asked for and their values told, in turn. Not thread-safe.</summary>
public abstract class OptimizerRun
{
    /// <summary>Gets whether there is nothing more to ask: the run has converged, or all points were seen.</summary>
    public abstract bool IsFinished { get; }

    /// <summary>Gets how far the points of a batch are spread, in units of the box; null where an optimiser has no such thing.</summary>
    /// <value>Null by default.</value>
    public virtual double? StepSize => null;

    /// <summary>Returns the next points, whose values do not depend on each other, so that they can be computed at a time. Asked again before their values are told, it returns the same.</summary>
    /// <returns>At least one point; each coordinate in [0, 1]. The caller does not change them.</returns>
    /// <exception cref="InvalidOperationException">The run is finished.</exception>
    public abstract IReadOnlyList<double[]> Ask();

    /// <summary>Tells the values of the points that were asked for.</summary>
    /// <param name="values">A finite value for each, in their order, lower ones better; null for a point without one, because it failed, which is never taken for a value.</param>
    /// <exception cref="InvalidOperationException">Nothing was asked for.</exception>
    /// <exception cref="ArgumentException">There are not as many values as points, or one is not finite.</exception>
    public abstract void Tell(IReadOnlyList<double?> values);
}
