namespace ModelAggregation.Search.Optimizers;

/// <summary>Finds a point of the unit box with a low value, by asking for the values of points. Derive from it to search with an optimiser of your own.</summary>
/// <remarks>An optimiser has no state: what is learnt is in the <see cref="OptimizerRun"/>, so that one object serves several searches.</remarks>
public abstract class Optimizer
{
    /// <summary>Gets the name, such as <c>cma-es</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Begins a run.</summary>
    /// <param name="dimensions">The number of coordinates of a point, at least 1.</param>
    /// <param name="seed">Decides all that is random: a run with the same seed that is told the same values asks for the same points.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of coordinates is not one that the optimiser takes.</exception>
    public abstract OptimizerRun Start(int dimensions, ulong seed);
}
