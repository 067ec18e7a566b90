namespace ModelAggregation.Search.Optimizers;

/// <summary>The simplex method of Nelder and Mead (1965) with the coefficients of Gao and Han (2012), which depend on the number of coordinates; points outside the box are moved to its edge.</summary>
/// <remarks>For few coordinates and values without much noise. Beyond the first simplex and after shrinking it asks for one or two points at a time. Nothing in it is random: the seed is of no account.</remarks>
public sealed class NelderMeadOptimizer : Optimizer
{
    private readonly double _step;

    /// <summary>Creates the optimiser.</summary>
    /// <param name="step">The side of the first simplex, one corner of which is the middle of the box: in (0, 0.5]; 0.25 by default.</param>
    /// <exception cref="ArgumentOutOfRangeException">The side is not in its range.</exception>
    public NelderMeadOptimizer(double step = 0.25)
    {
        if (!(step is > 0 and <= 0.5))
        {
            throw new ArgumentOutOfRangeException(nameof(step), step, "The side of the first simplex is in (0, 0.5].");
        }

        _step = step;
    }

    /// <inheritdoc />
    public override string Name => "nelder-mead";

    /// <inheritdoc />
    public override OptimizerRun Start(int dimensions, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimensions, 1);
        return new NelderMeadRun(dimensions, _step);
    }
}
